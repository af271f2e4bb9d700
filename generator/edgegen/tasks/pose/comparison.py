"""Are these the same poses? Boxes as detection compares them, and the keypoints of each pair."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from edgegen.model.spec import OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.tasks import extras
from edgegen.tasks.detect import comparison
from edgegen.tasks.detect.comparison import RAW, SCORE, BoxComparison, pair, worst_difference
from edgegen.tasks.extras_contract import without_extras
from edgegen.tasks.pose.result import Poses
from edgegen.tasks.stage import Stage

Float32 = npt.NDArray[np.float32]

KEYPOINT: Final = 0.05  # pixels: of the original picture, and of the input where a `.pte` decodes itself

TOLERANCES: Final[dict[str, float]] = {**comparison.TOLERANCES, "keypoint": KEYPOINT}


@dataclass(frozen=True)
class PoseComparison:
    """How two lists of poses in one picture differ."""

    boxes: BoxComparison = field(default_factory=BoxComparison)
    compared: int = 0  # keypoints
    worst_keypoint: float = 0.0  # pixels
    worst_score: float = 0.0

    @property
    def passed(self) -> bool:
        """Tell whether the differences are within tolerance."""
        return self.boxes.passed and self.worst_keypoint <= KEYPOINT and self.worst_score <= SCORE

    @property
    def problems(self) -> tuple[str, ...]:
        """What only one side shows, and scores of keypoints, which no line of a report tells."""
        if self.worst_score <= SCORE:
            return self.boxes.problems
        told = f"a keypoint's score differs by {self.worst_score:.4f}, {SCORE} is the most"
        return (*self.boxes.problems, told)

    def stages(self, name: str) -> list[Stage]:
        """Return the lines of a report that say so."""
        near = self.worst_keypoint <= KEYPOINT and self.worst_score <= SCORE
        points = Stage(f"{name} keypoints", self.worst_keypoint, KEYPOINT, "px", near, self.compared)
        return [*self.boxes.stages(name), points]

    def __str__(self) -> str:
        """Say what differs, in one line."""
        return (
            f"{self.boxes}; keypoints by up to {self.worst_keypoint:.4f} px,"
            f" their scores by up to {self.worst_score:.4f}"
        )


def compare_poses(ours: Poses, theirs: Poses, thresholds: Thresholds, output: OutputSpec) -> PoseComparison:
    """Pair the boxes as detection does, and measure the keypoints of each pair."""

    def apart(i: int, j: int) -> float:
        return worst_difference(ours.keypoints[i], theirs.keypoints[j])

    boxes = comparison.compare_boxes(ours, theirs, thresholds, without_extras(output), apart=apart)
    pairs, _, _ = pair(ours, theirs, apart)
    right = theirs.keypoints[[j for _, j in pairs]]
    # Of nothing, JSON does not tell how many keypoints it would have.
    mine = ours.keypoints[[i for i, _ in pairs]].reshape(right.shape)
    return PoseComparison(
        boxes,
        right.shape[0] * right.shape[1],
        worst_difference(mine[..., :2], right[..., :2]),
        worst_difference(mine[..., 2], right[..., 2]),
    )


def compare_outputs(ours: Sequence[Float32], theirs: Sequence[Float32], output: OutputSpec) -> list[Stage]:
    """Compare all numbers of a model's outputs: boxes and classes as detection does, and keypoints."""
    boxes = (extras.of_boxes(ours, output), extras.of_boxes(theirs, output), without_extras(output))
    stages = comparison.compare_outputs(*boxes)
    pairs = zip(_tables(ours, output), _tables(theirs, output), strict=True)
    both = [(mine, right) for mine, right in pairs]
    if output.has_levels:
        worst = max(worst_difference(mine, right) for mine, right in both)
        count = sum(right.size for _, right in both)
        return [*stages, Stage("pte keypoints", worst, RAW, "logits, strides", worst <= RAW, count)]
    for name, values, tolerance, unit in (
        ("pte keypoints", slice(0, 2), KEYPOINT, "px"),
        ("pte visibility", slice(2, None), SCORE, "score"),
    ):
        worst = max(worst_difference(mine[:, :, values], right[:, :, values]) for mine, right in both)
        count = sum(right[:, :, values].size for _, right in both)
        if count:
            stages.append(Stage(name, worst, tolerance, unit, worst <= tolerance, count))
    return stages


def _tables(outputs: Sequence[Float32], output: OutputSpec) -> list[Float32]:
    """Return keypoints [n, K, D] of each tensor that has some."""
    channels, shape = output.extras.channels, output.extras.kpt_shape
    maps = extras.of_extras(outputs, output)
    if output.contract != "detections":
        return [part[0].reshape(channels, -1).T.reshape(-1, *shape) for part in maps]
    return [part[0].reshape(-1, *shape) for part in maps]
