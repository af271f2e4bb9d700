"""Ultralytics' own functions for the scores of `yolo val`, from numpy arrays to numpy arrays.

Call `require_ultralytics` before.
"""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from edgegen.base.arrays import Float32, Int64
from edgegen.base.quiet import quiet
from edgegen.model.thresholds import Thresholds

Bits = npt.NDArray[np.bool_]

MASK_STEP: Final = 4  # input pixels per pixel of the masks that `yolo val` compares, in each direction
_POINTS: Final = 1000  # to which it resamples a label's polygon


def average_precision(
    matches: Bits, scores: Float32, found: Int64, true: Int64
) -> tuple[npt.NDArray[np.float64], Int64]:
    """Return the average precision [c, t], 0 to 1, and the c classes with labels.

    matches: [n, t], whether each detection matches a label, for t IoU thresholds. scores, found: [n], of the
    detections. true: [m], the labels' classes.
    """
    from ultralytics.utils.metrics import ap_per_class

    with quiet():
        result = ap_per_class(matches, scores, found, true)
    return np.asarray(result[5]), np.asarray(result[6])


def match(found: Int64, true: Int64, overlaps: Float32, thresholds: npt.NDArray[np.float64]) -> Bits:
    """Return [n, t]: whether each detection matches a label of its class, for each IoU threshold.

    found: [n], true: [m], classes. overlaps: [m, n], 0 to 1.
    """
    from ultralytics.engine.validator import BaseValidator

    validator: Any = SimpleNamespace(iouv=_tensor(thresholds))
    matches = BaseValidator.match_predictions(validator, _tensor(found), _tensor(true), _tensor(overlaps))
    return np.asarray(matches.numpy(), np.bool_)


def overlap_boxes(true: Float32, found: Float32) -> Float32:
    """Return the IoU [m, n] of boxes [m, 4] and [n, 4]: x1 y1 x2 y2."""
    from ultralytics.utils.metrics import box_iou

    return np.asarray(box_iou(_tensor(true), _tensor(found)).numpy())


def overlap_oriented_boxes(true: Float32, found: Float32) -> Float32:
    """Return the probabilistic IoU [m, n] of oriented boxes [m, 5] and [n, 5]: cx cy w h angle."""
    from ultralytics.utils.metrics import batch_probiou

    return np.asarray(batch_probiou(_tensor(true), _tensor(found)).numpy())


def overlap_masks(true: Float32, found: Float32) -> Float32:
    """Return the IoU [m, n] of masks [m, h, w] and [n, h, w]."""
    from ultralytics.utils.metrics import mask_iou

    return np.asarray(mask_iou(_tensor(true).flatten(1), _tensor(found).flatten(1)).numpy())


def overlap_keypoints(
    true: Float32, found: Float32, areas: Float32, tolerances: Sequence[float] | None
) -> Float32:
    """Return the OKS [m, n] of keypoints [m, K, 3] and [n, K, 3]. areas: [m], of the labelled objects.

    tolerances: K; None: COCO's for the 17 keypoints of persons.
    """
    from ultralytics.utils.metrics import OKS_SIGMA, kpt_iou

    sigma = list(OKS_SIGMA if tolerances is None else tolerances)
    return np.asarray(kpt_iou(_tensor(true), _tensor(found), area=_tensor(areas), sigma=sigma).numpy())


def fit_oriented_box(corners: Float32) -> Float32:
    """Return the oriented box [5], cx cy w h angle, of a polygon with any number of corners [k, 2]."""
    from ultralytics.utils import ops

    library: Any = ops
    return np.asarray(library.xyxyxyxy2xywhr(_tensor(corners.reshape(1, -1))).numpy()[0])


def crop_masks(masks: Float32, boxes: Float32) -> Float32:
    """Return masks [n, h, w] without what is outside their boxes [n, 4], in the masks' pixels."""
    from ultralytics.utils.ops import crop_mask

    return np.asarray(crop_mask(_tensor(masks), _tensor(boxes)).numpy())


def draw_polygons(shapes: Sequence[Float32], input_hw: tuple[int, int]) -> Float32:
    """Draw polygons of input pixels as masks [m, H / 4, W / 4]. Small ones are on top, as in `yolo val`.

    Like `yolo val`, resample polygons before their points are rounded down: that moves edges.
    """
    from ultralytics.data.utils import polygons2masks_overlap
    from ultralytics.utils import ops

    library: Any = ops
    points = max(_POINTS, *(len(shape) + 1 for shape in shapes))
    fine = library.resample_segments(list(shapes), n=points)
    numbered, order = polygons2masks_overlap(input_hw, fine, downsample_ratio=MASK_STEP)
    drawn = np.zeros((len(shapes), *numbered.shape), np.float32)
    for place, number in enumerate(order):
        drawn[number] = numbered == place + 1
    return drawn


def choose_by_nms(
    table: Float32, thresholds: Thresholds, *, num_classes: int, rotated: bool
) -> tuple[Float32, Int64]:
    """Return the rows that NMS keeps with every class of each box, and the indices of their candidates.

    table: [candidates, 4 + classes], cx cy w h and the scores; of oriented boxes also the angle. A row is the
    box, x1 y1 x2 y2 or cx cy w h, the score, the class, and the angle.
    """
    import torchvision  # noqa: F401 - if imported, Ultralytics uses its faster NMS
    from ultralytics.utils import nms

    library: Any = nms
    rows, places = library.non_max_suppression(
        _tensor(table.T[None]),
        thresholds.confidence,
        thresholds.iou,
        multi_label=True,
        max_det=thresholds.max_det,
        nc=num_classes,
        rotated=rotated,
        return_idxs=True,
    )
    return rows[0].numpy(), places[0].numpy().astype(np.int64).reshape(-1)


def make_masks(
    prototypes: Float32, coefficients: Float32, boxes: Float32, input_hw: tuple[int, int]
) -> Float32:
    """Return masks [n, h, w], 0 or 1, of prototypes [nm, h, w], cropped to boxes [n, 4] in input pixels.

    coefficients: [n, nm].
    """
    from ultralytics.utils import ops

    library: Any = ops
    masks = library.process_mask(_tensor(prototypes), _tensor(coefficients), _tensor(boxes), input_hw)
    return np.asarray(masks.numpy(), np.float32)


def _tensor(array: npt.NDArray[Any]) -> Any:
    import torch

    return torch.from_numpy(np.ascontiguousarray(array))
