"""Compare poses: boxes as in detection, then the keypoints of each pair."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from edgegen.model.spec import OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.tasks import extras
from edgegen.tasks.detect import comparison
from edgegen.tasks.detect.comparison import SCORE, BoxComparison, pair
from edgegen.tasks.extras_contract import without_extras
from edgegen.tasks.pose.result import Poses, keypoints_of
from edgegen.tasks.stage import Stage, worst_difference

Float32 = npt.NDArray[np.float32]

KEYPOINT: Final = 0.05  # pixels of the picture, or of the input for outputs

TOLERANCES: Final[dict[str, float]] = {**comparison.TOLERANCES, "keypoint": KEYPOINT}


@dataclass(frozen=True)
class PoseComparison:
    """The differences of two lists of poses in one picture."""

    boxes: BoxComparison = field(default_factory=BoxComparison)
    compared: int = 0  # keypoints
    worst_keypoint: float = 0.0  # pixels
    worst_score: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether all differences are within tolerance."""
        return self.boxes.passed and self.worst_keypoint <= KEYPOINT and self.worst_score <= SCORE

    @property
    def problems(self) -> tuple[str, ...]:
        """Unexplained objects of one side, and keypoint scores, for which the report has no line."""
        if self.worst_score <= SCORE:
            return self.boxes.problems
        problem = f"a keypoint's score differs by {self.worst_score:.4f}, more than {SCORE}"
        return (*self.boxes.problems, problem)

    def stages(self, name: str) -> list[Stage]:
        """Return the report's lines."""
        near = self.worst_keypoint <= KEYPOINT and self.worst_score <= SCORE
        points = Stage(f"{name} keypoints", self.worst_keypoint, KEYPOINT, "px", near, self.compared)
        return [*self.boxes.stages(name), points]

    def __str__(self) -> str:
        """Return the differences in one line."""
        return (
            f"{self.boxes}; keypoints by up to {self.worst_keypoint:.4f} px,"
            f" their scores by up to {self.worst_score:.4f}"
        )


def compare_poses(ours: Poses, theirs: Poses, thresholds: Thresholds, output: OutputSpec) -> PoseComparison:
    """Pair the boxes as in detection, and compare the keypoints of each pair."""

    def apart(i: int, j: int) -> float:
        mine, right = ours.keypoints[i], theirs.keypoints[j]
        return worst_difference(mine, right) if mine.shape == right.shape else math.inf

    boxes = comparison.compare_boxes(ours, theirs, thresholds, without_extras(output), apart=apart)
    pairs, _, _ = pair(ours, theirs, apart)
    right = theirs.keypoints[[j for _, j in pairs]]
    mine = ours.keypoints[[i for i, _ in pairs]]
    if mine.shape != right.shape:
        # An empty result in JSON has no number of keypoints.
        worst = math.inf if pairs else 0.0
        return PoseComparison(boxes, right.shape[0] * right.shape[1], worst, worst)
    return PoseComparison(
        boxes,
        right.shape[0] * right.shape[1],
        worst_difference(mine[..., :2], right[..., :2]),
        worst_difference(mine[..., 2], right[..., 2]),
    )


def compare_outputs(ours: Sequence[Float32], theirs: Sequence[Float32], output: OutputSpec) -> list[Stage]:
    """Compare all output values: boxes and classes as in detection, and keypoints."""
    boxes = (extras.box_outputs(ours, output), extras.box_outputs(theirs, output), without_extras(output))
    stages = comparison.compare_outputs(*boxes)
    pairs = zip(_tables(ours, output), _tables(theirs, output), strict=True)
    both = [(mine, right) for mine, right in pairs]
    for name, values, tolerance, unit in (
        ("pte keypoints", slice(0, 2), KEYPOINT, "px"),
        ("pte visibility", slice(2, None), SCORE, "score"),
    ):
        worst = max(worst_difference(mine[:, :, values], right[:, :, values]) for mine, right in both)
        count = sum(right[:, :, values].size for _, right in both)
        if count:
            stages.append(Stage.of(name, worst, tolerance, unit, count))
    return stages


def _tables(outputs: Sequence[Float32], output: OutputSpec) -> list[Float32]:
    """Return the keypoints [n, K, D] of each tensor; of levels, the decoded ones."""
    channels, shape = output.extras.channels, output.extras.kpt_shape
    maps = extras.extra_outputs(outputs, output)
    if output.has_levels:
        every = np.arange(output.candidates, dtype=np.int64)
        points = keypoints_of(maps, output, every)
        return [points if shape[1] > 2 else points[:, :, :2]]
    if output.contract != "detections":
        return [part[0].reshape(channels, -1).T.reshape(-1, *shape) for part in maps]
    return [part[0].reshape(-1, *shape) for part in maps]
