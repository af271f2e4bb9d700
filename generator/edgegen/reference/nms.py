"""Greedy non-maximum suppression, as torchvision.ops.nms with the boxes of Ultralytics."""

import numpy as np

from edgegen.base.arrays import Float32, Int64

CLASS_OFFSET = 7680  # pixels between classes (Ultralytics' max_wh)
MAX_CANDIDATES = 30_000  # Ultralytics' max_nms


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
    offset = np.float32(0 if agnostic else CLASS_OFFSET) * class_ids.astype(np.float32)
    moved = (boxes + offset[:, None])[order]
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
