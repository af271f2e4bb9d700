"""Are these the same class maps? Pixel by pixel, but where two classes are as good as equal."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from edgegen.tasks.dense_samples import worst_of
from edgegen.tasks.semantic.decode import IGNORED
from edgegen.tasks.semantic.result import ClassMap
from edgegen.tasks.stage import Stage

Float32 = npt.NDArray[np.float32]

LOGIT: Final = 1e-3
LEAD: Final = 1e-3  # of the best logit over the one that was taken: below it, a last bit decides

TOLERANCES: Final[dict[str, float]] = {"raw": LOGIT, "lead": LEAD}


@dataclass(frozen=True)
class MapComparison:
    """How two class maps of one picture differ."""

    compared: int = 0  # pixels
    different: int = 0
    worst: float = 0.0  # by how much the best logit leads over the other's where the maps differ
    problems: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Tell whether all differences are within tolerance."""
        return self.worst <= LEAD and not self.problems

    def stages(self, name: str) -> list[Stage]:
        """Return the line of a report that says so."""
        return [Stage(name, self.worst, LEAD, "logits", self.passed, self.compared)]

    def __str__(self) -> str:
        """Say what differs, in one line."""
        problems = "".join(f"; {problem}" for problem in self.problems)
        return f"{self.different} of {self.compared} pixels, which lead by up to {self.worst:.2g}{problems}"


def compare_maps(ours: ClassMap, theirs: ClassMap) -> MapComparison:
    """Compare two maps, of which at least one knows its logits."""
    right = theirs.classes
    mine = ours.classes if ours.classes.size else np.full(right.shape, IGNORED)  # nothing of it is shown
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
    worst = worst_of(np.abs(ours[0].astype(np.float64) - theirs[0]))
    return [Stage("pte", worst, LOGIT, "logits", worst <= LOGIT, theirs[0].size)]
