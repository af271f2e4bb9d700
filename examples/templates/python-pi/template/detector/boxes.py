"""Decode the model's outputs into boxes in input pixels."""

import numpy as np

from detector import model_info

CLASS_OFFSET = 7680  # pixels between the boxes of two classes, so that NMS compares boxes of one class
MAX_CANDIDATES = 30_000
LEAST_TOP_K = 300


def decode(outputs: list[np.ndarray], confidence: float, iou: float, max_det: int) -> tuple[np.ndarray, ...]:
    """Return corners [n, 4], scores [n] and classes [n] of the detections, highest score first."""
    contract = model_info.CONTRACT
    if contract == "end2end":
        boxes, scores, classes = _filter(*_top_k(outputs, max_det), confidence)
        order = np.argsort(-scores, kind="stable")[:max_det]
    elif contract in ("raw", "decoded"):
        candidates = _decode_raw(outputs) if contract == "raw" else _decode_candidates(outputs[0][0])
        boxes, scores, classes = _filter(*candidates, confidence)
        order = _nms(boxes, scores, classes, iou, max_det)
    else:
        raise ValueError(f"this program does not read the contract {contract!r}")
    return boxes[order], scores[order], classes[order]


def _filter(
    boxes: np.ndarray, scores: np.ndarray, classes: np.ndarray, confidence: float
) -> tuple[np.ndarray, ...]:
    keep = (scores > np.float32(confidence)) & np.isfinite(boxes).all(axis=1)
    if model_info.KEPT_CLASSES:
        keep &= np.isin(classes, model_info.KEPT_CLASSES)
    return boxes[keep], scores[keep], classes[keep]


def _decode_raw(outputs: list[np.ndarray]) -> tuple[np.ndarray, ...]:
    logits = _logits(outputs)
    return _corners(outputs), _sigmoid(logits.max(axis=0)), logits.argmax(axis=0)


def _top_k(outputs: list[np.ndarray], max_det: int) -> tuple[np.ndarray, ...]:
    """Return the best cells, then the best of their classes. Boxes of a one-to-one head do not overlap."""
    logits = _logits(outputs)
    k = min(max(max_det, LEAST_TOP_K), logits.shape[1])
    cells = np.sort(np.argsort(-_sigmoid(logits.max(axis=0)), kind="stable")[:k])
    scores = _sigmoid(logits[:, cells]).T.reshape(-1)
    best = np.sort(np.argsort(-scores, kind="stable")[:k])
    return _corners(outputs)[cells[best // len(logits)]], scores[best], best % len(logits)


def _logits(outputs: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([level[0].reshape(level.shape[1], -1) for level in outputs[1::2]], axis=1)


def _corners(outputs: list[np.ndarray]) -> np.ndarray:
    boxes = []
    for level, stride in zip(outputs[::2], model_info.STRIDES, strict=True):
        _, channels, height, width = level.shape
        sides = level[0].reshape(channels, -1).T
        if model_info.REG_MAX > 1:  # the expectation of a distribution over bins
            bins = sides.reshape(-1, 4, model_info.REG_MAX)
            weights = np.exp(bins - bins.max(axis=2, keepdims=True))
            distances = np.arange(model_info.REG_MAX, dtype=np.float32)
            sides = (weights * distances).sum(axis=2) / weights.sum(axis=2)
        cells = np.arange(height * width)
        centre = np.stack([cells % width + 0.5, cells // width + 0.5], axis=1).astype(np.float32)
        corners = np.concatenate([centre - sides[:, :2], centre + sides[:, 2:]], axis=1)
        boxes.append(corners * np.float32(stride))
    return np.concatenate(boxes)


def _decode_candidates(rows: np.ndarray) -> tuple[np.ndarray, ...]:
    """Split [4 + classes, candidates] into corners, best scores and classes."""
    centre, half = rows[:2].T, rows[2:4].T / np.float32(2)
    return (
        np.concatenate([centre - half, centre + half], axis=1),
        rows[4:].max(axis=0),
        rows[4:].argmax(axis=0),
    )


def _nms(
    boxes: np.ndarray, scores: np.ndarray, classes: np.ndarray, iou: float, max_det: int
) -> np.ndarray:
    order = np.argsort(-scores, kind="stable")[:MAX_CANDIDATES]
    moved = (boxes + np.float32(CLASS_OFFSET) * classes.astype(np.float32)[:, None])[order]
    x1, y1, x2, y2 = moved.T
    area = (x2 - x1) * (y2 - y1)
    alive, kept = np.ones(len(order), dtype=bool), []
    for i in range(len(order)):
        if not alive[i]:
            continue
        kept.append(order[i])
        if len(kept) == max_det:
            break
        rest = slice(i + 1, None)
        width = np.maximum(0, np.minimum(x2[i], x2[rest]) - np.maximum(x1[i], x1[rest]))
        height = np.maximum(0, np.minimum(y2[i], y2[rest]) - np.maximum(y1[i], y1[rest]))
        with np.errstate(invalid="ignore", divide="ignore"):
            overlap = width * height / (area[i] + area[rest] - width * height)
        alive[rest] &= ~(overlap > iou)
    return np.array(kept, dtype=np.int64)


def _sigmoid(logits: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):
        return np.float32(1) / (np.float32(1) + np.exp(-logits))
