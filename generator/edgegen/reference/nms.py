"""Non-maximum suppression of upright and of oriented boxes.

`nms` is greedy, as torchvision.ops.nms with the boxes of Ultralytics. `rotated_nms` is Ultralytics'
`fast_nms` with `batch_probiou`: a box is modelled as a normal distribution. The probabilistic IoU of two
boxes is one minus the Hellinger distance of their distributions (Llerena et al., Gaussian Bounding Boxes and
Probabilistic Intersection-over-Union, 2021).
"""

from typing import Final

import numpy as np

from edgegen.base.arrays import Float32, Int64

CLASS_OFFSET = 7680  # pixels between classes (Ultralytics' max_wh)
MAX_CANDIDATES = 30_000  # Ultralytics' max_nms

# Of oriented boxes.
EPSILON: Final = np.float32(1e-7)
FARTHEST: Final = np.float32(100)  # Bhattacharyya distance of boxes without overlap
BLOCK: Final = 256  # boxes compared at a time, to limit memory


def class_offsets(class_ids: Int64, agnostic: bool) -> Float32:
    """Return how far NMS moves each box, [n, 1] in pixels, to keep those of different classes apart."""
    offsets: Float32 = np.float32(0 if agnostic else CLASS_OFFSET) * class_ids[:, None].astype(np.float32)
    return offsets


def nms(
    boxes: Float32,
    scores: Float32,
    class_ids: Int64,
    iou: float,
    max_det: int = 300,
    agnostic: bool = False,
    max_candidates: int = MAX_CANDIDATES,
) -> Int64:
    """Return the indices of the kept boxes, best first, at most max_det.

    boxes [n, 4] are corners in input pixels; scores [n] are 0 to 1. Boxes are taken by falling score, equal
    scores by rising index. A kept box suppresses boxes of its class with an IoU strictly above iou (0 to 1).
    Classes are separated by an offset of 7680 pixels for each class. Its rounding in float32 is part of the
    rule: an exact IoU would decide differently near the threshold.
    """
    order = np.argsort(-scores, kind="stable")[:max_candidates]
    moved = (boxes + class_offsets(class_ids, agnostic))[order]
    x1, y1, x2, y2 = moved.T
    area = (x2 - x1) * (y2 - y1)
    alive = np.ones(len(order), dtype=bool)
    kept: list[int] = []
    for i in range(len(order)):
        if not alive[i]:
            continue
        kept.append(order[i])
        if len(kept) == max_det:
            break
        rest = slice(i + 1, None)
        width = np.maximum(np.float32(0), np.minimum(x2[i], x2[rest]) - np.maximum(x1[i], x1[rest]))
        height = np.maximum(np.float32(0), np.minimum(y2[i], y2[rest]) - np.maximum(y1[i], y1[rest]))
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            intersection = width * height
            overlap = intersection / (area[i] + area[rest] - intersection)
        alive[rest] &= ~(overlap.astype(np.float64) > iou)  # 0/0 suppresses nothing
    return np.asarray(kept, dtype=np.int64)


def covariance(boxes: Float32) -> tuple[Float32, Float32, Float32]:
    """Return var(x), var(y), cov(x, y) [n] in square pixels of boxes [n, 5]: cx cy w h angle."""
    along = boxes[:, 2] * boxes[:, 2] / np.float32(12)
    across = boxes[:, 3] * boxes[:, 3] / np.float32(12)
    cos, sin = np.cos(boxes[:, 4]), np.sin(boxes[:, 4])
    cos2, sin2 = cos * cos, sin * sin
    return along * cos2 + across * sin2, along * sin2 + across * cos2, (along - across) * cos * sin


def probiou(one: Float32, other: Float32) -> Float32:
    """Return the probabilistic IoU [n, m], 0 to 1, of boxes [n, 5] and [m, 5], in float32 and in this order.

    Boxes without area have no distance from each other at any place, as in Ultralytics.
    """
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        x1, y1 = one[:, 0, None], one[:, 1, None]
        x2, y2 = other[None, :, 0], other[None, :, 1]
        a1, b1, c1 = (part[:, None] for part in covariance(one))
        a2, b2, c2 = (part[None, :] for part in covariance(other))
        a, b, c = a1 + a2, b1 + b2, c1 + c2
        down, right = y1 - y2, x2 - x1
        spread = a * b - c * c
        places = (a * (down * down) + b * (right * right)) / (spread + EPSILON) * np.float32(0.25)
        turns = c * right * down / (spread + EPSILON) * np.float32(0.5)
        sizes = np.maximum(a1 * b1 - c1 * c1, np.float32(0)) * np.maximum(a2 * b2 - c2 * c2, np.float32(0))
        shapes = np.log(spread / (np.float32(4) * np.sqrt(sizes) + EPSILON) + EPSILON) * np.float32(0.5)
        distance = np.clip(places + turns + shapes, EPSILON, FARTHEST)
        likeness: Float32 = np.float32(1) - np.sqrt(np.float32(1) - np.exp(-distance) + EPSILON)
    return likeness


def rotated_nms(
    boxes: Float32,
    scores: Float32,
    class_ids: Int64,
    iou: float,
    max_det: int = 300,
    agnostic: bool = False,
    max_candidates: int = MAX_CANDIDATES,
) -> Int64:
    """Return the indices of the kept boxes, best first, at most max_det.

    boxes [n, 5] are cx cy w h in input pixels and the angle in radians. They are taken by falling score,
    equal scores by rising index. A better box suppresses a box if their probabilistic IoU is strictly above
    iou as float32, **even if it is suppressed itself**. NaN suppresses nothing. Classes are separated by an
    offset of 7680 pixels for each class, along x and y.
    """
    order = np.argsort(-scores, kind="stable")[:max_candidates]
    moved = boxes.copy()
    moved[:, :2] += class_offsets(class_ids, agnostic)
    moved = moved[order]
    kept: list[Int64] = []
    for begin in range(0, len(order), BLOCK):
        block = moved[begin : begin + BLOCK]
        better = moved[: begin + len(block)]
        alike = probiou(better, block) > np.float32(iou)
        rank = begin + np.arange(len(block))
        alike &= np.arange(len(better))[:, None] < rank
        kept.append(order[rank[~alike.any(axis=0)]])
    return np.concatenate([*kept, order[:0]])[:max_det]
