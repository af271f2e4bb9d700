"""One line of a comparison's report."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True)
class Stage:
    """The worst difference at a stage between picture and result, over all pictures."""

    name: str
    worst: float
    tolerance: float
    unit: str
    passed: bool
    compared: int  # number of values or detections

    @classmethod
    def of(cls, name: str, worst: float, tolerance: float, unit: str, compared: int) -> "Stage":
        """Return a stage that passes if its worst difference is within the tolerance."""
        return cls(name, worst, tolerance, unit, worst <= tolerance, compared)

    def merged(self, other: "Stage") -> "Stage":
        """Return the stage over the pictures of both."""
        return Stage(
            self.name,
            max(self.worst, other.worst),
            self.tolerance,
            self.unit,
            self.passed and other.passed,
            self.compared + other.compared,
        )


def worst_of(differences: "npt.NDArray[Any]") -> float:
    """Return the largest difference; infinite if one is NaN."""
    import numpy as np

    return float(np.nan_to_num(differences, nan=np.inf).max(initial=0.0))


def worst_difference(ours: "npt.NDArray[np.float32]", theirs: "npt.NDArray[np.float32]") -> float:
    """Return the largest difference of two arrays; infinite if one is NaN."""
    import numpy as np

    return worst_of(np.abs(ours.astype(np.float64) - theirs))
