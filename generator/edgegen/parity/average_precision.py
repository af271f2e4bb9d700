"""Score results as `yolo val` does: with its matching and its average precision.

Both are Ultralytics' own functions. COCO's tools give half a point more for the same boxes, because they
average over steps of recall; a user could not compare that with the figures of a training.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from edgegen.base.arrays import Float32, Int64
from edgegen.base.quiet import quiet
from edgegen.model.spec import ModelSpec
from edgegen.parity.label_files import Labels
from edgegen.parity.validation import PICTURE, Frame, Validation
from edgegen.sources.ultralytics import metrics
from edgegen.sources.ultralytics.checkpoint import require_ultralytics
from edgegen.sources.ultralytics.metrics import MASK_STEP, Bits

OVERLAPS: Final = np.linspace(0.5, 0.95, 10)  # the IoU thresholds: mAP50-95 is the mean over them
BESIDE_BOXES: Final = {"segment": "masks", "pose": "keypoints"}
SCORED: Final = ("detect", "segment", "pose", "obb")
_PERSON: Final = (17, 3)  # the kpt_shape for which COCO defines tolerances
_KEYPOINTS_AREA: Final = 0.53  # COCO's ratio of outline area to box area, for persons


@dataclass(frozen=True)
class Score:
    """Average precision, 0 to 1, over the classes with labels."""

    map50: float
    map50_95: float
    classes: dict[int, float]  # class -> AP, IoU 0.5 to 0.95


class Scorer:
    """Collects matches of one model's results, picture by picture: results of apps, or `Validation`."""

    def __init__(self, spec: ModelSpec) -> None:
        """Prepare an empty score.

        Raises:
            ToolchainError: Ultralytics is missing, broken, or too old.
        """
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
