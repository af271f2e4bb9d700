"""Compare classifications: the probabilities and the order of classes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from edgegen.model.spec import OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.tasks.classify.result import Ranking
from edgegen.tasks.stage import Stage, worst_difference, worst_of

Float32 = npt.NDArray[np.float32]

LOGIT: Final = 1e-3
PROBABILITY: Final = 1e-4

TOLERANCES: Final[dict[str, float]] = {
    "letterbox": 0.0,  # exactly Pillow's bytes
    "tensor": 0.0,
    "raw": LOGIT,
    "probability": PROBABILITY,
}


@dataclass(frozen=True)
class RankingComparison:
    """The differences of two rankings for one picture."""

    compared: int = 0  # classes
    worst: float = 0.0  # of their probabilities
    problems: tuple[str, ...] = ()  # classes of one side, or out of order

    @property
    def passed(self) -> bool:
        """Whether all differences are within tolerance."""
        return self.worst <= PROBABILITY and not self.problems

    def stages(self, name: str) -> list[Stage]:
        """Return the report's line."""
        return [Stage(name, self.worst, PROBABILITY, "probability", self.passed, self.compared)]

    def __str__(self) -> str:
        """Return the differences in one line."""
        problems = "".join(f"; {problem}" for problem in self.problems[:3])
        return f"probabilities by up to {self.worst:.2g}{problems}"


def compare_rankings(ours: Ranking, theirs: Ranking, thresholds: Thresholds) -> RankingComparison:
    """Compare the classes of ours, all or the max_det best, with all classes of theirs.

    Classes may change order only if their probabilities are within tolerance.
    """
    right = dict(zip(theirs.class_ids.tolist(), theirs.scores.astype(np.float64).tolist(), strict=True))
    ids = ours.class_ids.tolist()
    unknown = [each for each in ids if each not in right or ids.count(each) > 1]
    if unknown:
        listed = ", ".join(map(str, sorted(set(unknown))[:5]))
        return RankingComparison(problems=(f"unknown or repeated classes: {listed}",))
    expected = np.array([right[each] for each in ids])
    problems = _out_of_order(ids, expected)
    requested = min(thresholds.max_det, len(theirs))
    if len(ours) not in {requested, len(theirs)}:
        problems.append(f"{len(ours)} classes are shown instead of {requested}")
    elif requested:
        least = float(theirs.scores[requested - 1])
        absent = set(theirs.class_ids[:requested].tolist()) - set(ids)
        missing = [each for each in sorted(absent) if right[each] > least + PROBABILITY]
        problems += [f"missing here: class {each}, {right[each]:.4f}" for each in missing]
    return RankingComparison(len(ours), worst_of(np.abs(ours.scores - expected)), tuple(problems))


def _out_of_order(ids: Sequence[int], expected: npt.NDArray[np.float64]) -> list[str]:
    """Describe the first class after a less probable one."""
    rises = expected[1:] - np.minimum.accumulate(expected)[:-1] if len(expected) else expected
    late = np.flatnonzero(rises > PROBABILITY)
    return [f"out of order: class {ids[late[0] + 1]}, {expected[late[0] + 1]:.4f}"] if len(late) else []


def compare_outputs(ours: Sequence[Float32], theirs: Sequence[Float32], output: OutputSpec) -> list[Stage]:
    """Compare the outputs for all classes."""
    has_logits = output.contract == "logits"
    tolerance, unit = (LOGIT, "logits") if has_logits else (PROBABILITY, "probability")
    return [Stage.of("pte", worst_difference(ours[0], theirs[0]), tolerance, unit, theirs[0].size)]
