"""The results of comparisons: the worst difference of each stage, and lost objects."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy.typing as npt

    from edgegen.base.arrays import Float32, Float64


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


@dataclass(frozen=True)
class Comparison:
    """The differences of two results for one picture."""

    noun: str  # of what the first stage compares: "box corners"
    first: Stage  # the result itself; it has no name
    others: Sequence[Stage] = ()  # its extras: "keypoints"
    problems: tuple[str, ...] = ()  # for example, objects of one side that no threshold explains
    # The largest differences, by the name of their tolerance; of "mask_iou" the smallest IoU.
    worst: Mapping[str, float] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether all differences are within tolerance."""
        return self.first.passed and all(stage.passed for stage in self.others)

    def stages(self, name: str) -> list[Stage]:
        """Return the report's lines. The first has this name, the names of others begin with it."""
        others = [replace(stage, name=f"{name} {stage.name}") for stage in self.others]
        return [replace(self.first, name=name), *others]

    def __str__(self) -> str:
        """Return the differences in one line."""
        parts = [replace(self.first, name=self.noun), *self.others]
        differences = [f"{part.name} by up to {part.worst:.4g} {part.unit}" for part in parts]
        return "; ".join([*differences, *self.problems[:3]])


@dataclass(frozen=True)
class Loss:
    """The number of objects that another result, for example of int8, does not have, and of all."""

    lost: int = 0
    of: int = 0

    def __add__(self, other: "Loss") -> "Loss":
        """Return the sum of both."""
        return Loss(self.lost + other.lost, self.of + other.of)

    @property
    def percent(self) -> float:
        """The lost share, 0 to 100."""
        return 100 * self.lost / self.of if self.of else 0.0


def first_rise(scores: "Float64", tolerance: float) -> int | None:
    """Return the index of the first score that exceeds an earlier one by more than the tolerance."""
    import numpy as np

    rises = np.flatnonzero(scores[1:] - np.minimum.accumulate(scores)[:-1] > tolerance)
    return int(rises[0]) + 1 if len(rises) else None


def worst_of(differences: "npt.NDArray[Any]") -> float:
    """Return the largest difference; infinite if one is NaN."""
    import numpy as np

    return float(np.nan_to_num(differences, nan=np.inf).max(initial=0.0))


def worst_difference(ours: "Float32", theirs: "Float32") -> float:
    """Return the largest difference of two arrays; infinite if one is NaN."""
    import numpy as np

    return worst_of(np.abs(ours.astype(np.float64) - theirs))
