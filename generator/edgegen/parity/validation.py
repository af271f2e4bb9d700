"""Return the detections that `yolo val rect=False` counts. Apps and `predict` show fewer.

The differences, each from Ultralytics' validators: the size of the resized picture is rounded up. NMS counts
a box once for each class above the threshold, and filters classes after max_det. Boxes are not clipped to the
picture. Masks have the prototypes' size. Labels and detections are compared in input pixels.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from edgegen.base.arrays import Float32, Int64, Uint8
from edgegen.model.spec import InputSpec, ModelSpec
from edgegen.model.thresholds import Thresholds
from edgegen.reference import letterbox, plan_letterbox, to_tensor
from edgegen.reference.letterbox import resize_bilinear
from edgegen.sources.ultralytics import metrics
from edgegen.tasks import extras
from edgegen.tasks.detect import decode as detect
from edgegen.tasks.detect.decode import Candidates, class_logits, sigmoid
from edgegen.tasks.obb import decode as obb
from edgegen.tasks.pose.result import keypoints_of

_CONFIDENCE: Final = {"obb": 0.01}  # by task, instead of the default 0.001
_BELOW_ALL: Final = -1.0  # a confidence below every score


@dataclass(frozen=True)
class Frame:
    """The position of a picture in the letterboxed input."""

    gain: Float32  # x, y: input pixels per picture pixel
    corner: Float32  # x, y of the picture's upper left corner, in input pixels

    @staticmethod
    def of(picture_hw: tuple[int, int], input_hw: tuple[int, int]) -> "Frame":
        """Return the position that predict and apps use."""
        plan = plan_letterbox(picture_hw, input_hw)
        return _frame((plan.gain_x, plan.gain_y), (plan.left, plan.top))

    def to_input(self, points: Float32) -> Float32:
        """Convert points [..., 2] from picture pixels to input pixels."""
        return points * self.gain + self.corner


def _frame(gain: tuple[float, float], corner: tuple[float, float]) -> Frame:
    return Frame(np.array(gain, np.float32), np.array(corner, np.float32))


PICTURE: Final = _frame((1, 1), (0, 0))  # keeps picture pixels


@dataclass(frozen=True)
class Validation:
    """n detections in input pixels, the most confident first."""

    scores: Float32  # [n], 0 to 1
    class_ids: Int64  # [n]
    boxes: Float32  # [n, 4], x1 y1 x2 y2; [n, 0] for oriented boxes
    rotated: Float32  # [n, 5], cx cy w h and the angle in radians; [n, 0] for other tasks
    keypoints: Float32  # [n, K, 3]; [n, 0, 3] for other tasks
    coarse_masks: Float32  # [n, H / 4, W / 4], 0 or 1; [n, 0, 0] for other tasks
    frame: Frame

    def __len__(self) -> int:
        """Return n."""
        return len(self.scores)


def validate_picture(
    rgb: Uint8,
    forward: Callable[[Float32], Sequence[Float32]],
    spec: ModelSpec,
    thresholds: Thresholds,
    keep_classes: Sequence[int] = (),
) -> Validation:
    """Return the counted detections of a picture [h, w, 3]; only of keep_classes, unless empty.

    forward: maps the input tensor to the model's outputs. Oriented boxes have the confidence threshold 0.01,
    as in Ultralytics' validator, whatever `thresholds` says.
    """
    pixels, frame = _letterboxed(rgb, spec.input)
    outputs = forward(to_tensor(pixels, spec.input))
    thresholds = replace(thresholds, confidence=_CONFIDENCE.get(spec.task, thresholds.confidence))
    if spec.output.needs_nms:
        found = _library_nms(outputs, spec, thresholds)
    else:
        candidates = _decode(outputs, spec, thresholds)
        found = candidates.at(detect.choose(candidates, spec.output, thresholds))
    if keep_classes:
        found = found.at(np.flatnonzero(np.isin(found.class_ids, keep_classes)))
    nothing = np.zeros((len(found), 0), np.float32)
    boxes, rotated = (nothing, found.boxes) if spec.task == "obb" else (found.boxes, nothing)
    keypoints, masks = np.zeros((len(found), 0, 3), np.float32), nothing[..., None]
    if spec.task == "pose":
        keypoints = keypoints_of(outputs, spec.output, found.index)
    if spec.task == "segment":
        masks = _masks(outputs, spec, found)
    return Validation(found.scores, found.class_ids, boxes, rotated, keypoints, masks, frame)


def _letterboxed(rgb: Uint8, spec: InputSpec) -> tuple[Uint8, Frame]:
    """Return the input bytes [H, W, 3]: the long side fits, the short side is rounded up."""
    height, width = rgb.shape[:2]
    long_side = max(spec.height, spec.width)
    ratio = long_side / max(height, width)
    if ratio != 1:
        across, down = (min(math.ceil(side * ratio), long_side) for side in (width, height))
        rgb = resize_bilinear(rgb, down, across)
    resized_hw, input_hw = (rgb.shape[0], rgb.shape[1]), (spec.height, spec.width)
    plan = plan_letterbox(resized_hw, input_hw)
    # Labels are scaled by the ratio, the picture by the rounded sizes.
    ratio = min(input_hw[0] / resized_hw[0], input_hw[1] / resized_hw[1])
    gain = resized_hw[1] / width * ratio, resized_hw[0] / height * ratio
    return letterbox(rgb, input_hw, spec.pad_value), _frame(gain, (plan.left, plan.top))


def _decode(outputs: Sequence[Float32], spec: ModelSpec, thresholds: Thresholds) -> Candidates:
    decode = obb.decode if spec.task == "obb" else detect.decode
    return decode(outputs, spec.output, thresholds)


def _library_nms(outputs: Sequence[Float32], spec: ModelSpec, thresholds: Thresholds) -> Candidates:
    """Run Ultralytics' NMS with every class of each box."""
    candidates = _decode(outputs, spec, replace(thresholds, confidence=_BELOW_ALL))
    boxes, angles = candidates.boxes[:, :4], candidates.boxes[:, 4:]
    if spec.task != "obb":
        boxes = np.concatenate([(boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]], axis=1)
    table = np.concatenate([boxes, _scores(outputs, spec)[:, candidates.index].T, angles], axis=1)
    rows, places = metrics.choose_by_nms(
        table, thresholds, num_classes=spec.num_classes, rotated=spec.task == "obb"
    )
    boxes = np.concatenate([rows[:, :4], rows[:, 6:]], axis=1)
    return Candidates(boxes, rows[:, 4], rows[:, 5].astype(np.int64), candidates.index[places])


def _scores(outputs: Sequence[Float32], spec: ModelSpec) -> Float32:
    """Return [classes, candidates], 0 to 1; NaN becomes 0."""
    boxes = extras.box_outputs(outputs, spec.output)
    if spec.output.has_levels:
        return sigmoid(class_logits(boxes))
    scores = boxes[0][0, 4:]
    return np.where(np.isnan(scores), np.float32(0), scores).astype(np.float32)


def _masks(outputs: Sequence[Float32], spec: ModelSpec, found: Candidates) -> Float32:
    coefficients = extras.extras_at(outputs, spec.output, found.index)
    input_hw = spec.input.height, spec.input.width
    return metrics.make_masks(outputs[-1][0], coefficients, found.boxes, input_hw)
