"""Decode the keypoints of selected boxes, and map them to the picture.

`tasks.detect` decodes and selects the boxes. Only selected candidates get keypoints, by their `index`.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from edgegen.base.arrays import Float32, Int64
from edgegen.model.spec import OutputSpec
from edgegen.reference.letterbox import LetterboxPlan, points_to_picture
from edgegen.tasks import extras
from edgegen.tasks.detect.decode import sigmoid
from edgegen.tasks.levels import centres

KNOWN: Final = np.float32(1)  # score of keypoints without visibility


def keypoints_of(outputs: Sequence[Float32], output: OutputSpec, index: Int64) -> Float32:
    """Return keypoints [n, K, 3] of these candidates [n]: x, y in input pixels and the score, 0 to 1.

    The D values of a keypoint are adjacent: x, y and, if D is 3, its visibility. Levels give it as a logit,
    and a coordinate is (value * scale + (centre + shift)) * stride. Other contracts give pixels and scores.
    """
    encoding = output.extras
    points = extras.extras_at(outputs, output, index).reshape(-1, *encoding.kpt_shape).astype(np.float32)
    places, scores = points[..., :2], points[..., 2:]
    if output.has_levels:
        centre, stride = centres(outputs[:: output.per_level], output.strides, index)
        shift = np.float32(encoding.keypoint_shift)
        with np.errstate(invalid="ignore", over="ignore"):
            places = places * np.float32(encoding.keypoint_scale) + (centre + shift)[:, None]
            places = places * stride[:, None, None]
        scores = sigmoid(scores)
    if encoding.kpt_shape[1] == 2:
        scores = np.full((*places.shape[:2], 1), KNOWN)
    return np.concatenate([places, scores], axis=2).astype(np.float32)


def to_image(keypoints: Float32, plan: LetterboxPlan) -> Float32:
    """Map keypoints [n, K, 3] from the model's input to the picture, clipped to it. Scores stay.

    A keypoint with a value that is not finite becomes 0, 0 with score 0.
    """
    moved = np.concatenate([points_to_picture(keypoints[..., :2], plan), keypoints[..., 2:]], axis=-1)
    moved[~np.isfinite(keypoints).all(axis=-1)] = 0
    return moved
