"""Greedy non-maximum suppression, as torchvision.ops.nms does it on the boxes that Ultralytics gives it."""

import numpy as np
import numpy.typing as npt

CLASS_OFFSET = 7680  # pixels between the classes' copies of the plane (Ultralytics' max_wh)
MAX_CANDIDATES = 30_000  # Ultralytics' max_nms


def nms(
    boxes: npt.NDArray[np.float32],
    scores: npt.NDArray[np.float32],
    class_ids: npt.NDArray[np.int64],
    iou: float,
    max_det: int = 300,
    agnostic: bool = False,
    max_candidates: int = MAX_CANDIDATES,
) -> npt.NDArray[np.int64]:
    """Return the positions of the boxes that stay, best first, at most max_det.

    boxes [n, 4] are corners in input pixels, scores [n] 0 to 1. Boxes are taken by falling score, equal
    scores by rising position; one is suppressed by a kept box of its class when their IoU is above iou
    (0 to 1), strictly. Classes are kept apart by moving their boxes 7680 pixels each: the rounding this
    costs a float32 is part of the rule, since an exact IoU would decide otherwise near the threshold.
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
        alive[rest] &= ~(overlap.astype(np.float64) > iou)  # 0/0 is not above: it suppresses nothing
    return np.asarray(kept, dtype=np.int64)
