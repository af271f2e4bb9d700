"""Compare oriented boxes: paired by detection, then corners and angles of each pair."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from edgegen.model.spec import OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.reference.rotated_nms import probiou
from edgegen.tasks import extras
from edgegen.tasks.detect import comparison
from edgegen.tasks.detect.comparison import BoxComparison, class_offsets, pair
from edgegen.tasks.detect.pipeline import Detections
from edgegen.tasks.extras_contract import without_extras
from edgegen.tasks.obb.decode import corners
from edgegen.tasks.obb.result import OrientedBoxes, angles_of
from edgegen.tasks.stage import Stage, worst_difference

Float32 = npt.NDArray[np.float32]

ROTATED_CORNER: Final = 0.05  # pixels of the original picture
ANGLE: Final = 0.001  # radians, modulo a quarter turn

TOLERANCES: Final[dict[str, float]] = {
    **comparison.TOLERANCES,
    "rotated_corner": ROTATED_CORNER,
    "angle": ANGLE,
}


@dataclass(frozen=True)
class OrientedComparison:
    """The differences of two lists of oriented boxes in one picture."""

    boxes: BoxComparison = field(default_factory=BoxComparison)
    worst_corner: float = 0.0  # pixels
    worst_angle: float = 0.0  # radians

    @property
    def passed(self) -> bool:
        """Whether all differences are within tolerance."""
        return self.boxes.passed and all(stage.passed for stage in self.stages(""))

    @property
    def problems(self) -> tuple[str, ...]:
        """Objects of one side that no threshold explains."""
        return self.boxes.problems

    def stages(self, name: str) -> list[Stage]:
        """Return the report's lines."""
        own = [
            Stage.of(f"{name} {what}", worst, tolerance, unit, self.boxes.pairs)
            for what, worst, tolerance, unit in (
                ("corners", self.worst_corner, ROTATED_CORNER, "px"),
                ("angles", self.worst_angle, ANGLE, "rad"),
            )
        ]
        return [*self.boxes.stages(name), *own]

    def __str__(self) -> str:
        """Return the differences in one line."""
        return (
            f"{self.boxes}; oriented corners by up to {self.worst_corner:.4f} px,"
            f" angles by up to {self.worst_angle:.5f} rad"
        )


def compare_oriented(
    ours: OrientedBoxes, theirs: OrientedBoxes, thresholds: Thresholds, output: OutputSpec
) -> OrientedComparison:
    """Pair the upright boxes as in detection, and compare the oriented boxes of each pair."""

    def apart(i: int, j: int) -> float:
        return _worst_corner(ours.rotated[i : i + 1], theirs.rotated[j : j + 1])

    boxes = comparison.compare_boxes(ours, theirs, thresholds, without_extras(output), _likeness, apart)
    pairs, _, _ = pair(ours, theirs, apart)
    mine, right = ours.rotated[[i for i, _ in pairs]], theirs.rotated[[j for _, j in pairs]]
    return OrientedComparison(boxes, _worst_corner(mine, right), angle_difference(mine[:, 4], right[:, 4]))


def _worst_corner(mine: Float32, right: Float32) -> float:
    """Return the largest distance of corners, over the best of the four orders of a rectangle's corners."""
    wanted, found = corners(right), corners(mine).astype(np.float64)
    rotations = [np.abs(np.roll(found, turn, axis=1) - wanted).max(axis=(1, 2)) for turn in range(4)]
    each = np.stack(rotations)
    return float(np.nan_to_num(each, nan=np.inf).min(axis=0).max(initial=0.0))


def angle_difference(mine: Float32, right: Float32) -> float:
    """Return the largest difference of angles in radians, modulo a quarter turn. Corners check the sides."""
    quarter = np.pi / 2
    off = np.abs(mine.astype(np.float64) - right) % quarter
    return float(np.nan_to_num(np.minimum(off, quarter - off), nan=np.inf).max(initial=0.0))


def _likeness(
    ours: Detections, theirs: Detections, alone: Sequence[int], agnostic: bool
) -> npt.NDArray[np.floating[Any]]:
    assert isinstance(ours, OrientedBoxes) and isinstance(theirs, OrientedBoxes)  # noqa: S101 - for mypy
    moved = np.concatenate([ours.rotated, theirs.rotated]).astype(np.float32)
    moved[:, :2] += class_offsets(ours, theirs, agnostic)
    return probiou(moved[list(alone)], moved)


def compare_outputs(ours: Sequence[Float32], theirs: Sequence[Float32], output: OutputSpec) -> list[Stage]:
    """Compare all output values: as in detection, and angles."""
    boxes = (extras.box_outputs(ours, output), extras.box_outputs(theirs, output), without_extras(output))
    every = np.arange(output.candidates)
    mine, right = (angles_of(extras.extra_outputs(each, output), output, every) for each in (ours, theirs))
    worst = worst_difference(mine, right)
    return [
        *comparison.compare_outputs(*boxes),
        Stage.of("pte angles", worst, ANGLE, "rad", right.size),
    ]
