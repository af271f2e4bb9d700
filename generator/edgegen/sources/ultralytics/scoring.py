"""How often results are right, in the terms of `yolo val`: its matching and its average precision.

The library's own functions do both. COCO's tools, on the same boxes, say half a point more (the average
over steps of recall, not over the line between them): nobody could hold that against what a training printed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from edgegen.base.quiet import quiet
from edgegen.model.labelled import Labels
from edgegen.model.spec import ModelSpec
from edgegen.sources.ultralytics.checkpoint import require_ultralytics
from edgegen.sources.ultralytics.validated import PICTURE, Frame, Validated

Bits = npt.NDArray[np.bool_]
Float32 = npt.NDArray[np.float32]
Int64 = npt.NDArray[np.int64]

OVERLAPS: Final = np.linspace(0.5, 0.95, 10)  # the IoU from which a match counts: mAP50-95 is their mean
BESIDE_BOXES: Final = {"segment": "masks", "pose": "keypoints"}
SCORED: Final = ("detect", "segment", "pose", "obb")
_PERSON: Final = (17, 3)  # whose keypoints have tolerances of their own in COCO
_KEYPOINTS_AREA: Final = 0.53  # of a box: what COCO's area of a person's outline is of it
_POINTS: Final = 1000  # of a label's polygon, when `yolo val` draws it
_COARSE: Final = 4  # pixels of the input to one of the masks that `yolo val` compares


@dataclass(frozen=True)
class Score:
    """Average precision, 0 to 1, over the classes that have labels."""

    map50: float
    map50_95: float
    classes: dict[int, float]  # class -> AP, IoU 0.5 to 0.95


class Scorer:
    """Collects what is right in results of one model, picture by picture: shown ones, or `Validated`."""

    def __init__(self, spec: ModelSpec) -> None:
        """Make an empty one.

        Raises:
            ToolchainError: Ultralytics is missing, broken, or too old.
        """
        with quiet():
            require_ultralytics()
        self._spec = spec
        self._kinds = ["boxes", *([BESIDE_BOXES[spec.task]] if spec.task in BESIDE_BOXES else [])]
        self._right = {kind: list[Bits]() for kind in self._kinds}
        self._scores, self._found, self._true = list[Any](), list[Int64](), list[Int64]()

    def __len__(self) -> int:
        """Return how many pictures were added."""
        return len(self._scores)

    def add(self, result: Any, labels: Labels, picture_hw: tuple[int, int]) -> None:
        """Compare a result with the labels of a picture of this height and width."""
        self._scores.append(result.scores)
        self._found.append(result.class_ids)
        self._true.append(labels.class_ids)
        for kind in self._kinds:
            overlaps = self._overlaps(kind, result, labels, picture_hw)
            self._right[kind].append(_matched(result.class_ids, labels.class_ids, overlaps))

    def scores(self) -> dict[str, Score]:
        """Return a score for each kind: `boxes`, and `masks` or `keypoints`."""
        return {kind: self._score(self._right[kind]) for kind in self._kinds}

    def _score(self, right: Sequence[Bits]) -> Score:
        from ultralytics.utils.metrics import ap_per_class

        with quiet():
            given = ap_per_class(
                np.concatenate(right),
                np.concatenate(self._scores),
                np.concatenate(self._found),
                np.concatenate(self._true),
            )
        precision, classes = given[5], given[6]
        return Score(
            float(precision[:, 0].mean()),
            float(precision.mean()),
            {int(number): float(each.mean()) for number, each in zip(classes, precision, strict=True)},
        )

    def _overlaps(self, kind: str, result: Any, labels: Labels, picture_hw: tuple[int, int]) -> Any:
        """Return how much each label and each thing found are the same: a tensor [labels, found], 0 to 1."""
        import torch
        from ultralytics.utils import metrics

        if not len(labels) or not len(result):
            return torch.zeros(len(labels), len(result))
        size = np.array(picture_hw[::-1], np.float32)
        frame = result.frame if isinstance(result, Validated) else PICTURE
        boxes = torch.from_numpy(frame.placed(labels.boxes.reshape(-1, 2, 2) * size).reshape(-1, 4))
        if kind == "masks":
            return self._of_masks(result, labels, picture_hw)
        if kind == "keypoints":
            points = labels.keypoints.copy()
            points[..., :2] = frame.placed(points[..., :2] * size)
            area = (boxes[:, 2:] - boxes[:, :2]).prod(1) * _KEYPOINTS_AREA
            found = torch.from_numpy(result.keypoints)
            return metrics.kpt_iou(torch.from_numpy(points), found, area=area, sigma=self._tolerances(labels))
        if self._spec.task == "obb":
            return metrics.batch_probiou(_turned(labels, size, frame), torch.from_numpy(result.rotated))
        return metrics.box_iou(boxes, torch.from_numpy(result.boxes))

    def _of_masks(self, result: Any, labels: Labels, picture_hw: tuple[int, int]) -> Any:
        """Compare masks as `yolo val` does: in a quarter of the letterboxed input's height and width."""
        import torch
        from ultralytics.utils.metrics import mask_iou

        input_hw = self._spec.input.height, self._spec.input.width
        if isinstance(result, Validated):
            frame, found = result.frame, result.coarse_masks
        else:
            frame = Frame.of(picture_hw, input_hw)
            found = _coarse(result, frame)
        size = np.array(picture_hw[::-1], np.float32)
        shapes = [frame.placed(polygon * size) for polygon in labels.polygons]
        true = torch.from_numpy(_drawn(shapes, input_hw))
        return mask_iou(true.flatten(1), torch.from_numpy(found).flatten(1))

    def _tolerances(self, labels: Labels) -> list[float]:
        """Return how far a keypoint may be off, by the library's own rule."""
        from ultralytics.utils.metrics import OKS_SIGMA

        if labels.sigmas:
            return list(labels.sigmas)
        shape = self._spec.output.extras.kpt_shape
        return list(OKS_SIGMA) if shape == _PERSON else [1 / shape[0]] * shape[0]


def _matched(found: Int64, true: Int64, overlaps: Any) -> Bits:
    """Return [found, 10]: which of the things found are right, for each overlap asked for."""
    import torch
    from ultralytics.engine.validator import BaseValidator

    if not len(found) or not len(true):
        return np.zeros((len(found), len(OVERLAPS)), np.bool_)
    validator: Any = SimpleNamespace(iouv=torch.from_numpy(OVERLAPS))
    given = BaseValidator.match_predictions(
        validator, torch.from_numpy(found), torch.from_numpy(true), overlaps
    )
    return np.asarray(given.numpy(), np.bool_)


def _turned(labels: Labels, size: Float32, frame: Frame) -> Any:
    """Return [m, 5], cx cy w h and the angle, of polygons: as in `yolo val` not only of four corners."""
    import torch
    from ultralytics.utils import ops

    library: Any = ops
    rows = [frame.placed(polygon * size).reshape(1, -1) for polygon in labels.polygons]
    return torch.cat([library.xyxyxyxy2xywhr(torch.from_numpy(row)) for row in rows])


def _coarse(result: Any, frame: Frame) -> Float32:
    """Return [n, H / 4, W / 4] of masks [n, H, W]: what most of the middle of each 4 x 4 pixels says.

    Edges of boxes cut them off there, between two of these coarse pixels: on small pictures that shows.
    """
    import torch
    from ultralytics.utils.ops import crop_mask

    first, second = _COARSE // 2 - 1, _COARSE // 2
    starts = [(y, x) for y in (first, second) for x in (first, second)]
    middles = np.stack([result.masks[:, y::_COARSE, x::_COARSE] for y, x in starts])
    masks = np.asarray(middles.sum(axis=0) * 2 >= len(middles), np.float32)
    boxes = frame.placed(result.boxes.reshape(-1, 2, 2)).reshape(-1, 4)
    return np.asarray(crop_mask(torch.from_numpy(masks), torch.from_numpy(boxes / _COARSE)).numpy())


def _drawn(shapes: Sequence[Float32], input_hw: tuple[int, int]) -> Float32:
    """Draw polygons in input pixels, [m, H / 4, W / 4]; as in `yolo val` small ones are on top.

    Their points become many, as there, before each loses its fraction: that moves edges.
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
