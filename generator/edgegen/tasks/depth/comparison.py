"""Compare depth maps, with a relative tolerance for every pixel."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from edgegen.tasks.depth.result import DepthMap
from edgegen.tasks.stage import Stage, worst_of

Float32 = npt.NDArray[np.float32]

RELATIVE: Final = 1e-3
DIGITS: Final = 1e-6  # precision of minimum and maximum in the apps' JSON

TOLERANCES: Final[dict[str, float]] = {"relative": RELATIVE}


@dataclass(frozen=True)
class DepthComparison:
    """The differences of two depth maps for one picture."""

    compared: int = 0  # pixels
    worst: float = 0.0  # relative to the reference
    problems: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether all differences are within tolerance."""
        return self.worst <= RELATIVE and not self.problems

    def stages(self, name: str) -> list[Stage]:
        """Return the report's line."""
        return [Stage(name, self.worst, RELATIVE, "of it", self.passed, self.compared)]

    def __str__(self) -> str:
        """Return the differences in one line."""
        problems = "".join(f"; {problem}" for problem in self.problems)
        return f"distances by up to {self.worst:.2g} of them{problems}"


def compare_depth(ours: DepthMap, theirs: DepthMap) -> DepthComparison:
    """Compare two maps. Differences within the rounding of ours do not count."""
    if ours.depth.shape != theirs.depth.shape:
        sizes = f"the map is {list(ours.depth.shape)} pixels, not {list(theirs.depth.shape)}"
        return DepthComparison(problems=(sizes,))
    rounded = ours.step / 2 + DIGITS if ours.step else 0.0
    return DepthComparison(theirs.depth.size, _relative(ours.depth, theirs.depth, rounded))


def compare_outputs(ours: Sequence[Float32], theirs: Sequence[Float32]) -> list[Stage]:
    """Compare all output values."""
    worst = _relative(ours[0], theirs[0])
    return [Stage.of("pte", worst, RELATIVE, "of it", theirs[0].size)]


def pixels_off(ours: DepthMap, theirs: DepthMap, share: float) -> int:
    """Return the number of pixels whose relative difference exceeds share."""
    return int((~(_shares(ours.depth, theirs.depth) <= share)).sum())


def _relative(ours: Float32, theirs: Float32, rounded: float = 0.0) -> float:
    return worst_of(_shares(ours, theirs, rounded))


def _shares(ours: Float32, theirs: Float32, rounded: float = 0.0) -> npt.NDArray[np.float64]:
    difference = np.maximum(np.abs(ours.astype(np.float64) - theirs) - rounded, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(difference == 0, 0.0, difference / np.abs(theirs.astype(np.float64)))
