"""Compare segments: boxes as in detection, then the masks of each pair."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from edgegen.model.spec import OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.tasks import extras
from edgegen.tasks.detect import comparison
from edgegen.tasks.detect.comparison import RAW, BoxComparison, pair, rounded
from edgegen.tasks.extras_contract import without_extras
from edgegen.tasks.segment.result import Segments
from edgegen.tasks.stage import Stage, worst_difference

Float32 = npt.NDArray[np.float32]

MASK_IOU: Final = 0.995
MASK_PIXELS: Final = 1  # that may always differ: one pixel is more than 0.5 % of a mask under 200 pixels

TOLERANCES: Final[dict[str, float]] = {
    **comparison.TOLERANCES,
    "mask_iou": MASK_IOU,
    "mask_pixels": float(MASK_PIXELS),
}


@dataclass(frozen=True)
class SegmentComparison:
    """The differences of two lists of segments in one picture."""

    boxes: BoxComparison = field(default_factory=BoxComparison)
    compared: int = 0  # masks
    worst_mask: float = 0.0  # 1 - IoU of masks that differ by more than MASK_PIXELS
    wrong: tuple[str, ...] = ()  # masks with wrong pixels that rounding does not explain

    @property
    def passed(self) -> bool:
        """Whether all differences are within tolerance."""
        return self.boxes.passed and self._near

    @property
    def _near(self) -> bool:
        return self.worst_mask <= 1 - MASK_IOU and not self.wrong

    @property
    def problems(self) -> tuple[str, ...]:
        """Unexplained objects of one side, and masks with wrong pixels that rounding does not explain."""
        return (*self.boxes.problems, *self.wrong)

    def stages(self, name: str) -> list[Stage]:
        """Return the report's lines."""
        worst, most = self.worst_mask, 1 - MASK_IOU
        masks = Stage(f"{name} masks", worst, most, "1 - IoU", self._near, self.compared)
        return [*self.boxes.stages(name), masks]

    def __str__(self) -> str:
        """Return the differences in one line."""
        wrong = "".join(f"; {problem}" for problem in self.wrong[:3])
        return f"{self.boxes}; masks have an IoU of {1 - self.worst_mask:.4f} or more{wrong}"


def compare_segments(
    ours: Segments, theirs: Segments, thresholds: Thresholds, output: OutputSpec
) -> SegmentComparison:
    """Pair the boxes as in detection, and compare the masks of each pair.

    The mask inputs of theirs give the undecided pixels, which may differ. Without them only IoU counts.
    """

    def apart(i: int, j: int) -> float:
        return _difference(ours.masks[i], theirs.masks[j])

    boxes = comparison.compare_boxes(ours, theirs, thresholds, without_extras(output), apart=apart)
    pairs, _, _ = pair(ours, theirs, apart)
    worst = max((_difference(ours.masks[i], theirs.masks[j]) for i, j in pairs), default=0.0)
    counts = ((j, _unexplained(ours.masks[i], theirs, j)) for i, j in pairs)
    wrong = tuple(f"{count} wrong pixels in the mask of {_named(theirs, j)}" for j, count in counts if count)
    return SegmentComparison(boxes, len(pairs), worst, wrong)


def _difference(mine: npt.NDArray[np.bool_], right: npt.NDArray[np.bool_]) -> float:
    """Return 1 - IoU of two masks; 0 if at most MASK_PIXELS differ, 1 if their sizes differ."""
    if mine.shape != right.shape:
        return 1.0
    differing = int(np.count_nonzero(mine != right))
    return differing / int(np.count_nonzero(mine | right)) if differing > MASK_PIXELS else 0.0


def _unexplained(mine: npt.NDArray[np.bool_], theirs: Segments, j: int) -> int:
    """Return the number of pixels that differ from the reference mask and are not undecided."""
    right = theirs.masks[j]
    if theirs.mask_inputs is None or mine.shape != right.shape or np.array_equal(mine, right):
        return 0
    (free,) = theirs.mask_inputs.at(np.array([j])).undecided((right.shape[0], right.shape[1]))
    return int(np.count_nonzero((mine != right) & ~free))


def _named(side: Segments, i: int) -> str:
    return f"class {side.class_ids[i]}, box {rounded(side.boxes[i])}"


def compare_outputs(ours: Sequence[Float32], theirs: Sequence[Float32], output: OutputSpec) -> list[Stage]:
    """Compare all output values: as in detection, coefficients, and prototypes."""
    boxes = (extras.box_outputs(ours, output), extras.box_outputs(theirs, output), without_extras(output))
    coefficients = (extras.extra_outputs(ours, output), extras.extra_outputs(theirs, output))
    return [
        *comparison.compare_outputs(*boxes),
        _stage("pte coefficients", *coefficients),
        _stage("pte prototypes", ours[-1:], theirs[-1:]),
    ]


def _stage(name: str, ours: Sequence[Float32], theirs: Sequence[Float32]) -> Stage:
    worst = max(worst_difference(mine, right) for mine, right in zip(ours, theirs, strict=True))
    return Stage.of(name, worst, RAW, "", sum(right.size for right in theirs))
