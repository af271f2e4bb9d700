"""Decode the keypoints of selected boxes, and map them to the picture.

`tasks.detect.decode` decodes boxes and scores, from `levels.boxes_and_classes(outputs)` or
`without_keypoints` of the other contracts. Only selected candidates get keypoints, by their `index`.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from edgegen.reference.letterbox import LetterboxPlan
from edgegen.tasks.detect.decode import sigmoid
from edgegen.tasks.levels import at_cells, centres

Float32 = npt.NDArray[np.float32]
Int64 = npt.NDArray[np.int64]

BOX: Final = 4  # rows or columns of a box
DETECTION: Final = 6  # columns of a finished detection: box, score, class
KNOWN: Final = np.float32(1)  # score of keypoints without visibility


class Rule(NamedTuple):
    """The encoding of a coordinate: (value * scale + (centre + shift)) * stride."""

    scale: float
    shift: float  # strides


RULES: Final = {"pose": Rule(2, -0.5), "pose26": Rule(1, 0)}  # Ultralytics' Pose; Pose26


def keypoints_of_levels(
    maps: Sequence[Float32], strides: Sequence[int], index: Int64, shape: tuple[int, int], rule: Rule
) -> Float32:
    """Return keypoints [n, K, 3]: x, y in input pixels and the score, 0 to 1.

    maps has [1, K * D, h, w] for each level, by rising stride. The D values of a keypoint are adjacent: x, y
    and, if D is 3, the logit of its visibility. shape is (K, D); index [n] has the selected cells.
    """
    points = at_cells(maps, index).reshape(-1, *shape)
    centre, stride = centres(maps, strides, index)
    with np.errstate(invalid="ignore", over="ignore"):
        places = points[..., :2] * np.float32(rule.scale) + (centre + np.float32(rule.shift))[:, None]
        places = places * stride[:, None, None]
    return _with_score(places, sigmoid(points[..., 2]) if shape[1] == 3 else None)


def keypoints_of_decoded(output: Float32, classes: int, index: Int64, shape: tuple[int, int]) -> Float32:
    """Return keypoints [n, K, 3] from one tensor [1, 4 + classes + K * D, N], in pixels and scores."""
    return finished(output[0][BOX + classes :, index].T, shape)


def keypoints_of_detections(output: Float32, index: Int64, shape: tuple[int, int]) -> Float32:
    """Return keypoints [n, K, 3] from one tensor [1, k, 6 + K * D], in pixels and scores."""
    return finished(output[0][index, DETECTION:], shape)


def without_keypoints(output: Float32, contract: str, classes: int) -> Float32:
    """Return detection's part: [1, 4 + classes, N] of `decoded`, [1, k, 6] of `detections`."""
    return output[:, : BOX + classes] if contract == "decoded" else output[:, :, :DETECTION]


def to_image(keypoints: Float32, plan: LetterboxPlan) -> Float32:
    """Map keypoints [n, K, 3] from the model's input to the picture, clipped to it. Scores stay.

    A keypoint with a value that is not finite becomes 0, 0 with score 0.
    """
    shift = np.array([plan.left, plan.top], dtype=np.float32)
    gain = np.array([plan.gain_x, plan.gain_y], dtype=np.float32)
    limit = np.array([plan.source_width, plan.source_height], dtype=np.float32)
    places = np.clip((keypoints[..., :2] - shift) / gain, np.float32(0), limit)
    moved = np.concatenate([places, keypoints[..., 2:]], axis=-1)
    moved[~np.isfinite(keypoints).all(axis=-1)] = 0
    return moved


def finished(values: Float32, shape: tuple[int, int]) -> Float32:
    """Return keypoints [n, K, 3] from values [n, K * D] in pixels and scores."""
    points = values.reshape(-1, *shape).astype(np.float32)
    return _with_score(points[..., :2], points[..., 2] if shape[1] == 3 else None)


def _with_score(places: Float32, scores: Float32 | None) -> Float32:
    if scores is None:
        scores = np.full(places.shape[:2], KNOWN)
    return np.concatenate([places, scores[..., None]], axis=2).astype(np.float32)
