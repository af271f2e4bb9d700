"""Compare semantic maps by pixel; classes may differ where two logits are nearly equal."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from edgegen.tasks.semantic.decode import IGNORED
from edgegen.tasks.semantic.result import ClassMap
from edgegen.tasks.stage import Stage, worst_difference, worst_of

Float32 = npt.NDArray[np.float32]

LOGIT: Final = 1e-3
LEAD: Final = 1e-3  # of the best logit over the chosen one; below it, a last bit decides

TOLERANCES: Final[dict[str, float]] = {"raw": LOGIT, "lead": LEAD}


@dataclass(frozen=True)
class MapComparison:
    """The differences of two semantic maps for one picture."""

    compared: int = 0  # pixels
    different: int = 0
    worst: float = 0.0  # largest lead of the best logit where the maps differ
    problems: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether all differences are within tolerance."""
        return self.worst <= LEAD and not self.problems

    def stages(self, name: str) -> list[Stage]:
        """Return the report's line."""
        return [Stage(name, self.worst, LEAD, "logits", self.passed, self.compared)]

    def __str__(self) -> str:
        """Return the differences in one line."""
        problems = "".join(f"; {problem}" for problem in self.problems)
        return f"{self.different} of {self.compared} pixels, which lead by up to {self.worst:.2g}{problems}"


def compare_maps(ours: ClassMap, theirs: ClassMap) -> MapComparison:
    """Compare two maps, at least one with logits."""
    right = theirs.classes
    mine = ours.classes if ours.classes.size else np.full(right.shape, IGNORED)  # an empty result
    if mine.shape != right.shape:
        return MapComparison(problems=(f"the map is {list(mine.shape)} pixels, not {list(right.shape)}",))
    rows, columns = np.nonzero(mine != right)
    if not len(rows):
        return MapComparison(right.size)
    known, other = (theirs, mine) if theirs.logits is not None else (ours, right)
    chosen = other[rows, columns]
    worst = worst_of(known.behind(rows, columns, chosen)) if known.logits is not None else np.inf
    return MapComparison(right.size, len(rows), worst)


def compare_outputs(ours: Sequence[Float32], theirs: Sequence[Float32]) -> list[Stage]:
    """Compare all logits."""
    return [Stage.of("pte", worst_difference(ours[0], theirs[0]), LOGIT, "logits", theirs[0].size)]
