"""Score results as `yolo val` does: with its matching and its average precision.

Both are Ultralytics' own functions. COCO's tools give half a point more for the same boxes, because they
average over steps of recall; a user could not compare that with the figures of a training.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from edgegen.base.arrays import Float32, Int64
from edgegen.base.quiet import quiet
from edgegen.model.labelled import Labels
from edgegen.model.spec import ModelSpec
from edgegen.sources.ultralytics.checkpoint import require_ultralytics
from edgegen.sources.ultralytics.validation import PICTURE, Frame, Validation

Bits = npt.NDArray[np.bool_]

OVERLAPS: Final = np.linspace(0.5, 0.95, 10)  # the IoU thresholds: mAP50-95 is the mean over them
BESIDE_BOXES: Final = {"segment": "masks", "pose": "keypoints"}
SCORED: Final = ("detect", "segment", "pose", "obb")
_PERSON: Final = (17, 3)  # the kpt_shape for which COCO defines tolerances
_KEYPOINTS_AREA: Final = 0.53  # COCO's ratio of outline area to box area, for persons
_POINTS: Final = 1000  # to which `yolo val` resamples a label's polygon
_COARSE: Final = 4  # input pixels per pixel of the masks that `yolo val` compares, in each direction


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
        from ultralytics.utils.metrics import ap_per_class

        with quiet():
            result = ap_per_class(
                np.concatenate(matches),
                np.concatenate(self._scores),
                np.concatenate(self._found),
                np.concatenate(self._true),
            )
        precision, classes = result[5], result[6]
        return Score(
            float(precision[:, 0].mean()),
            float(precision.mean()),
            {int(number): float(each.mean()) for number, each in zip(classes, precision, strict=True)},
        )

    def _overlaps(self, kind: str, result: Any, labels: Labels, picture_hw: tuple[int, int]) -> Any:
        """Return the overlap of each label and each detection: a tensor [labels, detections], 0 to 1."""
        import torch
        from ultralytics.utils import metrics

        if not len(labels) or not len(result):
            return torch.zeros(len(labels), len(result))
        size = np.array(picture_hw[::-1], np.float32)
        frame = result.frame if isinstance(result, Validation) else PICTURE
        boxes = torch.from_numpy(frame.to_input(labels.boxes.reshape(-1, 2, 2) * size).reshape(-1, 4))
        if kind == "masks":
            return self._mask_overlaps(result, labels, picture_hw)
        if kind == "keypoints":
            points = labels.keypoints.copy()
            points[..., :2] = frame.to_input(points[..., :2] * size)
            area = (boxes[:, 2:] - boxes[:, :2]).prod(1) * _KEYPOINTS_AREA
            found = torch.from_numpy(result.keypoints)
            return metrics.kpt_iou(torch.from_numpy(points), found, area=area, sigma=self._tolerances(labels))
        if self._spec.task == "obb":
            return metrics.batch_probiou(
                _oriented_boxes(labels, size, frame), torch.from_numpy(result.rotated)
            )
        return metrics.box_iou(boxes, torch.from_numpy(result.boxes))

    def _mask_overlaps(self, result: Any, labels: Labels, picture_hw: tuple[int, int]) -> Any:
        """Compare masks as `yolo val` does: at a quarter of the input's height and width."""
        import torch
        from ultralytics.utils.metrics import mask_iou

        input_hw = self._spec.input.height, self._spec.input.width
        if isinstance(result, Validation):
            frame, found = result.frame, result.coarse_masks
        else:
            frame = Frame.of(picture_hw, input_hw)
            found = _coarse_masks(result, frame)
        size = np.array(picture_hw[::-1], np.float32)
        shapes = [frame.to_input(polygon * size) for polygon in labels.polygons]
        true = torch.from_numpy(_draw_polygons(shapes, input_hw))
        return mask_iou(true.flatten(1), torch.from_numpy(found).flatten(1))

    def _tolerances(self, labels: Labels) -> list[float]:
        """Return the tolerances of keypoints: the data set's, COCO's, or Ultralytics' default."""
        from ultralytics.utils.metrics import OKS_SIGMA

        if labels.sigmas:
            return list(labels.sigmas)
        shape = self._spec.output.extras.kpt_shape
        return list(OKS_SIGMA) if shape == _PERSON else [1 / shape[0]] * shape[0]


def _match(found: Int64, true: Int64, overlaps: Any) -> Bits:
    """Return [found, 10]: whether each detection matches a label, for each IoU threshold."""
    import torch
    from ultralytics.engine.validator import BaseValidator

    if not len(found) or not len(true):
        return np.zeros((len(found), len(OVERLAPS)), np.bool_)
    validator: Any = SimpleNamespace(iouv=torch.from_numpy(OVERLAPS))
    matches = BaseValidator.match_predictions(
        validator, torch.from_numpy(found), torch.from_numpy(true), overlaps
    )
    return np.asarray(matches.numpy(), np.bool_)


def _oriented_boxes(labels: Labels, size: Float32, frame: Frame) -> Any:
    """Return oriented boxes [m, 5], cx cy w h angle, of polygons with any number of corners."""
    import torch
    from ultralytics.utils import ops

    library: Any = ops
    rows = [frame.to_input(polygon * size).reshape(1, -1) for polygon in labels.polygons]
    return torch.cat([library.xyxyxyxy2xywhr(torch.from_numpy(row)) for row in rows])


def _coarse_masks(result: Any, frame: Frame) -> Float32:
    """Return masks [n, H / 4, W / 4]: the majority of the middle 2 x 2 of each 4 x 4 pixels of [n, H, W].

    Masks are then cropped to their boxes, between coarse pixels. On small pictures that changes the result.
    """
    import torch
    from ultralytics.utils.ops import crop_mask

    first, second = _COARSE // 2 - 1, _COARSE // 2
    starts = [(y, x) for y in (first, second) for x in (first, second)]
    middles = np.stack([result.masks[:, y::_COARSE, x::_COARSE] for y, x in starts])
    masks = np.asarray(middles.sum(axis=0) * 2 >= len(middles), np.float32)
    boxes = frame.to_input(result.boxes.reshape(-1, 2, 2)).reshape(-1, 4)
    return np.asarray(crop_mask(torch.from_numpy(masks), torch.from_numpy(boxes / _COARSE)).numpy())


def _draw_polygons(shapes: Sequence[Float32], input_hw: tuple[int, int]) -> Float32:
    """Draw polygons [m, H / 4, W / 4] from input pixels. Small ones are on top, as in `yolo val`.

    Like `yolo val`, resample polygons before their points are rounded down: that moves edges.
    """
    from ultralytics.data.utils import polygons2masks_overlap
    from ultralytics.utils import ops

    library: Any = ops
    points = max(_POINTS, *(len(shape) + 1 for shape in shapes))
    fine = library.resample_segments(list(shapes), n=points)
    numbered, order = polygons2masks_overlap(input_hw, fine, downsample_ratio=_COARSE)
    drawn = np.zeros((len(shapes), *numbered.shape), np.float32)
    for place, number in enumerate(order):
        drawn[number] = numbered == place + 1
    return drawn
