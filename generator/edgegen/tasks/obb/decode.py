"""Decode a model's outputs to oriented boxes in input pixels, and map them to the picture.

An oriented box is cx cy w h in pixels and an angle in radians from the x axis to the side w, with y down. The
angle can have any size, and w can be shorter than h. `Candidates.boxes` has these five values.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from edgegen.base.arrays import Float32, Int64
from edgegen.model.spec import OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.reference.letterbox import LetterboxPlan
from edgegen.reference.rotated_nms import rotated_nms
from edgegen.tasks import extras
from edgegen.tasks.detect import decode as detect
from edgegen.tasks.detect.decode import Candidates, sigmoid


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


def decode(
    outputs: Sequence[Float32],
    output: OutputSpec,
    thresholds: Thresholds,
    keep_classes: Sequence[int] | None = None,
) -> Candidates:
    """Decode a model's outputs by its contract: `boxes` are [n, 5], cx cy w h angle in input pixels.

    Candidates pass by the rules of detection; those without a finite angle are dropped.
    """
    found = detect.decode(outputs, output, thresholds, keep_classes, encoded=True)
    angle = angles_of(outputs, output, found.index)
    if output.has_levels:
        centre, stride = extras.centres(outputs[:: output.per_level], output.strides, found.index)
        boxes = rotated_boxes(found.boxes, angle, centre, stride)
    else:
        boxes = np.concatenate([found.boxes, angle[:, None]], axis=1)
    return replace(found, boxes=boxes).at(np.flatnonzero(np.isfinite(boxes).all(axis=1)))


def angles_of(outputs: Sequence[Float32], output: OutputSpec, index: Int64) -> Float32:
    """Return the angles [n] in radians of these candidates."""
    angles = extras.extras_at(outputs, output, index)[:, 0]
    return angle_of(angles, output.extras.angle) if output.has_levels else angles


def choose(candidates: Candidates, output: OutputSpec, thresholds: Thresholds) -> Int64:
    """Return the indices of the selected candidates, best first, by the contract's rule."""
    if not output.needs_nms:
        return detect.choose(candidates, output, thresholds)
    boxes, scores, class_ids = candidates.boxes, candidates.scores, candidates.class_ids
    return rotated_nms(boxes, scores, class_ids, thresholds.iou, thresholds.max_det, thresholds.agnostic)


def to_image(boxes: Float32, plan: LetterboxPlan) -> Float32:
    """Map oriented boxes [n, 5] from the model's input to the picture, not clipped.

    At any angle, w is divided by the gain along x and h by that along y, as in Ultralytics. The gains differ
    only by the rounding of the letterboxed size.
    """
    shift = np.array([plan.left, plan.top, 0, 0], dtype=np.float32)
    gain = np.array([plan.gain_x, plan.gain_y, plan.gain_x, plan.gain_y], dtype=np.float32)
    return np.concatenate([(boxes[:, :4] - shift) / gain, boxes[:, 4:]], axis=1).astype(np.float32)


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


def upright_boxes(boxes: Float32) -> Float32:
    """Return the upright boxes x1 y1 x2 y2 [n, 4] around oriented boxes [n, 5], not clipped."""
    found = corners(boxes)
    return np.concatenate([found.min(axis=1), found.max(axis=1)], axis=1)
