"""Decode a model's outputs to oriented boxes in input pixels, and map them to the picture.

An oriented box is cx cy w h in pixels and an angle in radians from the x axis to the side w, with y down. The
angle can have any size, and w can be shorter than h. `Candidates.boxes` has these five values.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from edgegen.reference.letterbox import LetterboxPlan
from edgegen.tasks.detect.decode import (
    LEAST_TOP_K,
    Candidates,
    best_cells,
    best_classes,
    best_pairs,
    class_logits,
    expected_distance,
    select,
    sigmoid,
)
from edgegen.tasks.levels import at_cells, boxes_and_classes, centres, extras

Float32 = npt.NDArray[np.float32]
Int64 = npt.NDArray[np.int64]

BOX: Final = 4  # rows or columns of a box before its angle
DETECTION: Final = 6  # columns of a finished detection: box, score, class; the angle follows


def angle_of(output: Float32, encoding: str) -> Float32:
    """Return angles [n] from a head's outputs, by one of `model.spec.ANGLES`.

    `sigmoid` is (sigmoid - 0.25) * pi, as in Ultralytics' OBB. `logit` is the output itself, as in OBB26.
    """
    if encoding == "logit":
        return output
    return (sigmoid(output) - np.float32(0.25)) * np.float32(np.pi)


def rotated_boxes(distance: Float32, angle: Float32, centre: Float32, stride: Float32) -> Float32:
    """Return cx cy w h angle [n, 5] in input pixels.

    distance [n, 4] is left, top, right, bottom from the cell's centre [n, 2] along the box's rotated axes, in
    strides [n].
    """
    with np.errstate(invalid="ignore", over="ignore"):
        towards = (distance[:, 2:] - distance[:, :2]) / np.float32(2)
        cos, sin = np.cos(angle), np.sin(angle)
        x = towards[:, 0] * cos - towards[:, 1] * sin
        y = towards[:, 0] * sin + towards[:, 1] * cos
        place = np.stack([x, y], axis=1) + centre
        boxes = np.concatenate([place, distance[:, :2] + distance[:, 2:]], axis=1) * stride[:, None]
    return np.concatenate([boxes, angle[:, None]], axis=1).astype(np.float32)


def decode_raw(
    outputs: Sequence[Float32],
    strides: Sequence[int],
    reg_max: int,
    encoding: str,
    confidence: float,
    keep_classes: Sequence[int] | None = None,
) -> Candidates:
    """Decode box0, cls0, angle0, box1, ... by rising stride; an angle is [1, 1, h, w].

    Candidates pass by the rule of `tasks.detect.decode.decode_raw`.
    """
    logits = class_logits(boxes_and_classes(outputs))
    index, scores = best_cells(logits, confidence)
    boxes = _boxes_at(outputs, strides, reg_max, encoding, index)
    found = Candidates(boxes, scores, best_classes(logits, index), index)
    return select(found, confidence, keep_classes)


def top_k(
    outputs: Sequence[Float32],
    strides: Sequence[int],
    reg_max: int,
    encoding: str,
    confidence: float,
    keep_classes: Sequence[int] | None = None,
    *,
    max_det: int = LEAST_TOP_K,
    agnostic: bool = False,
) -> Candidates:
    """Decode a one-to-one branch by the rule of `tasks.detect.decode.top_k`."""
    logits = class_logits(boxes_and_classes(outputs))
    index, class_ids = best_pairs(logits, max_det, agnostic)
    boxes = _boxes_at(outputs, strides, reg_max, encoding, index)
    found = Candidates(boxes, sigmoid(logits[class_ids, index]), class_ids, index)
    return select(found, confidence, keep_classes)


def decode_decoded(
    output: Float32, confidence: float, keep_classes: Sequence[int] | None = None
) -> Candidates:
    """Decode one tensor [1, 4 + nc + 1, N]: cx cy w h in input pixels, scores after the sigmoid, angle."""
    rows = output[0]
    comparable = np.where(np.isnan(rows[BOX:-1]), -np.inf, rows[BOX:-1])
    boxes = np.concatenate([rows[:BOX], rows[-1:]]).T.astype(np.float32)
    scores = comparable.max(axis=0).astype(np.float32)
    found = Candidates(boxes, scores, comparable.argmax(axis=0), np.arange(rows.shape[1]))
    return select(found, confidence, keep_classes)


def decode_detections(
    output: Float32, classes: int, confidence: float, keep_classes: Sequence[int] | None = None
) -> Candidates:
    """Read one tensor [1, k, 7]: cx cy w h in input pixels, score, class, angle; in their order."""
    rows = output[0]
    with np.errstate(invalid="ignore"):
        known = (rows[:, 5] >= 0) & (rows[:, 5] < classes)
    class_ids = np.where(known, rows[:, 5], 0).astype(np.int64)
    scores = np.where(known & ~np.isnan(rows[:, BOX]), rows[:, BOX], np.float32(-np.inf)).astype(np.float32)
    boxes = np.concatenate([rows[:, :BOX], rows[:, DETECTION:]], axis=1).astype(np.float32)
    return select(Candidates(boxes, scores, class_ids, np.arange(len(rows))), confidence, keep_classes)


def to_image(boxes: Float32, plan: LetterboxPlan) -> Float32:
    """Map oriented boxes [n, 5] from the model's input to the picture, not clipped.

    At any angle, w is divided by the gain along x and h by that along y, as in Ultralytics. The gains differ
    only by the rounding of the letterboxed size.
    """
    shift = np.array([plan.left, plan.top, 0, 0], dtype=np.float32)
    gain = np.array([plan.gain_x, plan.gain_y, plan.gain_x, plan.gain_y], dtype=np.float32)
    return np.concatenate([(boxes[:, :BOX] - shift) / gain, boxes[:, BOX:]], axis=1).astype(np.float32)


def corners(boxes: Float32) -> Float32:
    """Return the corners [n, 4, 2] of oriented boxes [n, 5].

    Order, from the centre: +w/2 +h/2, +w/2 -h/2, -w/2 -h/2, -w/2 +h/2.
    """
    centre, (width, height, angle) = boxes[:, :2], (boxes[:, i, None] for i in (2, 3, 4))
    cos, sin = np.cos(angle), np.sin(angle)
    half = np.float32(2)
    along = np.concatenate([width / half * cos, width / half * sin], axis=1)
    across = np.concatenate([-height / half * sin, height / half * cos], axis=1)
    found: Float32 = np.stack(
        [centre + along + across, centre + along - across, centre - along - across, centre - along + across],
        axis=1,
    )
    return found


def upright(boxes: Float32) -> Float32:
    """Return the upright boxes x1 y1 x2 y2 [n, 4] around oriented boxes [n, 5], not clipped."""
    found = corners(boxes)
    return np.concatenate([found.min(axis=1), found.max(axis=1)], axis=1)


def _boxes_at(
    outputs: Sequence[Float32], strides: Sequence[int], reg_max: int, encoding: str, index: Int64
) -> Float32:
    sides, angles = outputs[::3], extras(outputs)
    centre, stride = centres(sides, strides, index)
    distance = expected_distance(np.ascontiguousarray(at_cells(sides, index)), reg_max)
    return rotated_boxes(distance, angle_of(at_cells(angles, index)[:, 0], encoding), centre, stride)
