"""The result of a pose model, from its outputs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edgegen.model.spec import OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.reference.letterbox import LetterboxPlan
from edgegen.tasks import extras
from edgegen.tasks.detect import pipeline
from edgegen.tasks.detect.pipeline import Detections
from edgegen.tasks.extras_contract import without_extras
from edgegen.tasks.pose.decode import Rule, finished, keypoints_of_levels, to_image

Float32 = npt.NDArray[np.float32]
Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Poses(Detections):
    """n detections with their keypoints, best first, in pixels of the original picture."""

    keypoints: Float32  # [n, K, 3]: x, y and score, 0 to 1

    def at(self, places: Int64) -> "Poses":
        """Return the objects at these indices."""
        part = super().at(places)
        return Poses(part.boxes, part.scores, part.class_ids, self.keypoints[places])


def keypoints_of(given: Sequence[Float32], output: OutputSpec, index: Int64) -> Float32:
    """Return keypoints [n, K, 3] in input pixels of these candidates, from `extras.extra_outputs`."""
    encoding = output.extras
    if output.has_levels:
        rule = Rule(encoding.keypoint_scale, encoding.keypoint_shift)
        return keypoints_of_levels(given, output.strides, index, encoding.kpt_shape, rule)
    return finished(extras.extras_at(given, output, index), encoding.kpt_shape)


def shown_poses(
    outputs: Sequence[Float32],
    output: OutputSpec,
    plan: LetterboxPlan,
    thresholds: Thresholds,
    keep_classes: Sequence[int] | None = None,
) -> Poses:
    """Decode the outputs, select, and map boxes and keypoints of the selection to the picture."""
    boxes, spec = extras.box_outputs(outputs, output), without_extras(output)
    shown, index = pipeline.shown_with_index(boxes, spec, plan, thresholds, keep_classes)
    keypoints = to_image(keypoints_of(extras.extra_outputs(outputs, output), output, index), plan)
    return Poses(shown.boxes, shown.scores, shown.class_ids, keypoints)
