"""Score results as `yolo val` does: with its matching and its average precision.

Both are Ultralytics' own functions. COCO's tools give half a point more for the same boxes, because they
average over steps of recall; a user could not compare that with the figures of a training.

`validate_picture` returns the detections that `yolo val rect=False` counts. Apps and `predict` show fewer.
The differences, each from Ultralytics' validators: the size of the resized picture is rounded up. NMS counts
a box once for each class above the threshold, and filters classes after max_det. Boxes are not clipped to the
picture. Masks have the prototypes' size. Labels and detections are compared in input pixels.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from edgegen.base.arrays import Float32, Int64, Uint8
from edgegen.base.quiet import quiet
from edgegen.model.spec import InputSpec, ModelSpec
from edgegen.model.thresholds import Thresholds
from edgegen.parity.label_files import Labels
from edgegen.reference import letterbox, plan_letterbox, to_tensor
from edgegen.reference.letterbox import resize_bilinear
from edgegen.sources.ultralytics import metrics
from edgegen.sources.ultralytics.library import require_ultralytics
from edgegen.sources.ultralytics.metrics import MASK_STEP, Bits
from edgegen.tasks import extras
from edgegen.tasks.detect import decode as detect
from edgegen.tasks.detect.decode import Candidates, class_logits, sigmoid
from edgegen.tasks.obb import decode as obb
from edgegen.tasks.pose.decode import keypoints_of
from edgegen.tasks.prepared import prepare

# The thresholds of `yolo val`, which needs the whole curve of precision over recall.
CURVE: Final = Thresholds(confidence=0.001, iou=0.7, max_det=300)
OVERLAPS: Final = np.linspace(0.5, 0.95, 10)  # the IoU thresholds: mAP50-95 is the mean over them
BESIDE_BOXES: Final = {"segment": "masks", "pose": "keypoints"}
SCORED: Final = ("detect", "segment", "pose", "obb")
_PERSON: Final = (17, 3)  # the kpt_shape for which COCO defines tolerances
_KEYPOINTS_AREA: Final = 0.53  # COCO's ratio of outline area to box area, for persons

_CONFIDENCE: Final = {"obb": 0.01}  # by task, instead of the default 0.001
_BELOW_ALL: Final = -1.0  # a confidence below every score


@dataclass(frozen=True)
class Score:
    """Average precision, 0 to 1, over the classes with labels."""

    map50: float
    map50_95: float
    classes: dict[int, float]  # class -> AP, IoU 0.5 to 0.95


class Scorer:
    """Collects matches of one model's results, picture by picture: results of apps, or `Validation`."""

    def __init__(self, spec: ModelSpec) -> None:
        """Prepare an empty score."""
        with quiet():
            require_ultralytics()
        self._spec = spec
        self._kinds = ["boxes", *([BESIDE_BOXES[spec.task]] if spec.task in BESIDE_BOXES else [])]
        self._matches = {kind: list[Bits]() for kind in self._kinds}
        self._scores, self._found, self._true = list[Any](), list[Int64](), list[Int64]()

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self._scores)

    def add(self, result: Any, labels: Labels, picture_hw: tuple[int, int]) -> None:
        """Compare a result with the labels of a picture of that height and width."""
        self._scores.append(result.scores)
        self._found.append(result.class_ids)
        self._true.append(labels.class_ids)
        for kind in self._kinds:
            overlaps = self._overlaps(kind, result, labels, picture_hw)
            self._matches[kind].append(_match(result.class_ids, labels.class_ids, overlaps))

    def scores(self) -> dict[str, Score]:
        """Return the scores of `boxes`, and of `masks` or `keypoints`."""
        return {kind: self._score(self._matches[kind]) for kind in self._kinds}

    def _score(self, matches: Sequence[Bits]) -> Score:
        precision, classes = metrics.average_precision(
            *map(np.concatenate, (matches, self._scores, self._found, self._true))
        )
        return Score(
            float(precision[:, 0].mean()),
            float(precision.mean()),
            {int(number): float(each.mean()) for number, each in zip(classes, precision, strict=True)},
        )

    def _overlaps(self, kind: str, result: Any, labels: Labels, picture_hw: tuple[int, int]) -> Float32:
        """Return the overlap of each label and each detection: [labels, detections], 0 to 1."""
        if not len(labels) or not len(result):
            return np.zeros((len(labels), len(result)), np.float32)
        size = np.array(picture_hw[::-1], np.float32)
        frame = result.frame if isinstance(result, Validation) else PICTURE
        boxes = frame.to_input(labels.boxes.reshape(-1, 2, 2) * size).reshape(-1, 4)
        if kind == "masks":
            return self._mask_overlaps(result, labels, picture_hw)
        if kind == "keypoints":
            points = labels.keypoints.copy()
            points[..., :2] = frame.to_input(points[..., :2] * size)
            areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1) * np.float32(_KEYPOINTS_AREA)
            return metrics.overlap_keypoints(points, result.keypoints, areas, self._tolerances(labels))
        if self._spec.task == "obb":
            shapes = [frame.to_input(polygon * size) for polygon in labels.polygons]
            true = np.stack([metrics.fit_oriented_box(shape) for shape in shapes])
            return metrics.overlap_oriented_boxes(true, result.rotated)
        return metrics.overlap_boxes(boxes, result.boxes)

    def _mask_overlaps(self, result: Any, labels: Labels, picture_hw: tuple[int, int]) -> Float32:
        """Compare masks as `yolo val` does: at a quarter of the input's height and width."""
        input_hw = self._spec.input.height, self._spec.input.width
        if isinstance(result, Validation):
            frame, found = result.frame, result.coarse_masks
        else:
            frame = Frame.of(picture_hw, input_hw)
            found = _coarse_masks(result, frame)
        size = np.array(picture_hw[::-1], np.float32)
        shapes = [frame.to_input(polygon * size) for polygon in labels.polygons]
        return metrics.overlap_masks(metrics.draw_polygons(shapes, input_hw), found)

    def _tolerances(self, labels: Labels) -> Sequence[float] | None:
        """Return the tolerances of keypoints: the data set's, or Ultralytics' default; None: COCO's."""
        if labels.sigmas:
            return labels.sigmas
        shape = self._spec.output.extras.kpt_shape
        return None if shape == _PERSON else [1 / shape[0]] * shape[0]


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
    # Of other libraries, the detections that apps show are counted.
    tensor, frame = (_val_input if spec.is_ultralytics else _app_input)(rgb, spec.input)
    outputs = forward(tensor)
    thresholds = replace(thresholds, confidence=_CONFIDENCE.get(spec.task, thresholds.confidence))
    if spec.output.needs_nms and spec.is_ultralytics:
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
        coefficients = extras.extras_at(outputs, spec.output, found.index)
        input_hw = spec.input.height, spec.input.width
        masks = metrics.make_masks(outputs[-1][0], coefficients, found.boxes, input_hw)
    return Validation(found.scores, found.class_ids, boxes, rotated, keypoints, masks, frame)


def _match(found: Int64, true: Int64, overlaps: Float32) -> Bits:
    """Return [found, 10]: whether each detection matches a label, for each IoU threshold."""
    if not len(found) or not len(true):
        return np.zeros((len(found), len(OVERLAPS)), np.bool_)
    return metrics.match(found, true, overlaps, OVERLAPS)


def _coarse_masks(result: Any, frame: Frame) -> Float32:
    """Return masks [n, H / 4, W / 4]: the majority of the middle 2 x 2 of each 4 x 4 pixels of [n, H, W].

    Masks are then cropped to their boxes, between coarse pixels. On small pictures that changes the result.
    """
    first, second = MASK_STEP // 2 - 1, MASK_STEP // 2
    starts = [(y, x) for y in (first, second) for x in (first, second)]
    middles = np.stack([result.masks[:, y::MASK_STEP, x::MASK_STEP] for y, x in starts])
    masks = np.asarray(middles.sum(axis=0) * 2 >= len(middles), np.float32)
    boxes = frame.to_input(result.boxes.reshape(-1, 2, 2)).reshape(-1, 4)
    return metrics.crop_masks(masks, boxes / np.float32(MASK_STEP))


def _frame(gain: tuple[float, float], corner: tuple[float, float]) -> Frame:
    return Frame(np.array(gain, np.float32), np.array(corner, np.float32))


PICTURE: Final = _frame((1, 1), (0, 0))  # keeps picture pixels


def _app_input(rgb: Uint8, spec: InputSpec) -> tuple[Float32, Frame]:
    """Return the input tensor of apps."""
    prepared = prepare(rgb, spec)
    plan = prepared.plan
    return prepared.tensor, _frame((plan.gain_x, plan.gain_y), (plan.left, plan.top))


def _val_input(rgb: Uint8, spec: InputSpec) -> tuple[Float32, Frame]:
    """Return the input tensor of `yolo val`: the long side fits, the short side is rounded up."""
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
    tensor = to_tensor(letterbox(rgb, input_hw, spec.pad_value), spec)
    return tensor, _frame(gain, (plan.left, plan.top))


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


def _decode(outputs: Sequence[Float32], spec: ModelSpec, thresholds: Thresholds) -> Candidates:
    decode = obb.decode if spec.task == "obb" else detect.decode
    return decode(outputs, spec.output, thresholds)


def _scores(outputs: Sequence[Float32], spec: ModelSpec) -> Float32:
    """Return [classes, candidates], 0 to 1; NaN becomes 0."""
    boxes = extras.box_outputs(outputs, spec.output)
    if spec.output.has_levels:
        return sigmoid(class_logits(boxes))
    scores = boxes[0][0, 4:]
    return np.where(np.isnan(scores), np.float32(0), scores).astype(np.float32)
