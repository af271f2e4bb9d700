"""Are these the same classes? Each as likely, and in the same order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from edgegen.model.spec import OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.tasks.classify.result import Ranking
from edgegen.tasks.stage import Stage

Float32 = npt.NDArray[np.float32]

LOGIT: Final = 1e-3
PROBABILITY: Final = 1e-4

TOLERANCES: Final[dict[str, float]] = {
    "letterbox": 0.0,  # Pillow's bytes, and not one level beside them
    "tensor": 0.0,
    "raw": LOGIT,
    "probability": PROBABILITY,
}


@dataclass(frozen=True)
class RankingComparison:
    """How two rankings of one picture differ."""

    compared: int = 0  # classes
    worst: float = 0.0  # of their probabilities
    problems: tuple[str, ...] = ()  # classes of one side, and those out of order

    @property
    def passed(self) -> bool:
        """Tell whether the differences are within tolerance."""
        return self.worst <= PROBABILITY and not self.problems

    def stages(self, name: str) -> list[Stage]:
        """Return the line of a report that says so."""
        return [Stage(name, self.worst, PROBABILITY, "probability", self.passed, self.compared)]

    def __str__(self) -> str:
        """Say what differs, in one line."""
        problems = "".join(f"; {problem}" for problem in self.problems[:3])
        return f"probabilities by up to {self.worst:.2g}{problems}"


def compare_rankings(ours: Ranking, theirs: Ranking, thresholds: Thresholds) -> RankingComparison:
    """Compare the classes that one side shows, all of them or as many as asked for, with all of the other.

    Classes change places, or take each other's, only where their probabilities are as good as equal.
    """
    right = dict(zip(theirs.class_ids.tolist(), theirs.scores.astype(np.float64).tolist(), strict=True))
    ids = ours.class_ids.tolist()
    unknown = [each for each in ids if each not in right or ids.count(each) > 1]
    if unknown:
        listed = ", ".join(map(str, sorted(set(unknown))[:5]))
        return RankingComparison(problems=(f"classes that are shown twice, or should not be: {listed}",))
    expected = np.array([right[each] for each in ids])
    differences = np.nan_to_num(np.abs(ours.scores - expected), nan=np.inf)
    problems = _out_of_order(ids, expected)
    asked = min(thresholds.max_det, len(theirs))
    if len(ours) not in {asked, len(theirs)}:
        problems.append(f"{len(ours)} classes are shown, {asked} were asked for")
    elif asked:
        least = float(theirs.scores[asked - 1])
        missing = set(theirs.class_ids[:asked].tolist()) - set(ids)
        surer = [each for each in sorted(missing) if right[each] > least + PROBABILITY]
        problems += [f"missing here: class {each}, {right[each]:.4f}" for each in surer]
    return RankingComparison(len(ours), float(differences.max(initial=0.0)), tuple(problems))


def _out_of_order(ids: Sequence[int], expected: npt.NDArray[np.float64]) -> list[str]:
    """Name the first class that stands behind a less likely one."""
    rises = expected[1:] - np.minimum.accumulate(expected)[:-1] if len(expected) else expected
    late = np.flatnonzero(rises > PROBABILITY)
    return [f"out of order: class {ids[late[0] + 1]}, {expected[late[0] + 1]:.4f}"] if len(late) else []


def compare_outputs(ours: Sequence[Float32], theirs: Sequence[Float32], output: OutputSpec) -> list[Stage]:
    """Compare what a model gives for all classes."""
    has_logits = output.contract == "logits"
    most, unit = (LOGIT, "logits") if has_logits else (PROBABILITY, "probability")
    difference = np.nan_to_num(np.abs(ours[0].astype(np.float64) - theirs[0]), nan=np.inf)
    worst = float(difference.max(initial=0.0))
    return [Stage("pte", worst, most, unit, worst <= most, theirs[0].size)]
