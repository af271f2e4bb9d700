"""Detection from outputs to boxes: decoding, selection, mapping to the picture."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edgegen.base.arrays import Float32, Int64
from edgegen.model.spec import OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.reference.letterbox import LetterboxPlan, points_to_picture
from edgegen.reference.nms import nms
from edgegen.tasks import extras

LEAST_TOP_K = 300  # Ultralytics' max_det


@dataclass(frozen=True)
class Candidates:
    """n candidates by rising index, and by rising class where one index has several."""

    boxes: Float32  # [n, 4], x1 y1 x2 y2 in input pixels
    scores: Float32  # [n], 0 to 1
    class_ids: Int64  # [n]
    index: Int64  # [n], the candidate's number: level by level, row by row

    def __len__(self) -> int:
        """Return n."""
        return len(self.scores)

    def at(self, places: Int64) -> "Candidates":
        """Return the candidates at these positions."""
        return Candidates(self.boxes[places], self.scores[places], self.class_ids[places], self.index[places])


def sigmoid(logits: Float32) -> Float32:
    """Return 1 / (1 + exp(-x)) in float32. exp may overflow to infinity, which correctly gives 0."""
    with np.errstate(over="ignore"):
        scores: Float32 = (np.float32(1) / (np.float32(1) + np.exp(-logits))).astype(np.float32)
    return scores


def expected_distance(box_logits: Float32, reg_max: int) -> Float32:
    """Return [n, 4] distances (left, top, right, bottom) in strides from box outputs [n, 4 * reg_max].

    The distance of a side is the expectation of the softmax over its bins: the integral form of
    Distribution Focal Loss (Li et al., Generalized Focal Loss, 2020). With reg_max 1 the output is the
    distance itself, which may be negative.
    """
    if reg_max == 1:
        return box_logits.astype(np.float32)
    bins = box_logits.reshape(-1, 4, reg_max)
    with np.errstate(invalid="ignore", over="ignore"):
        weights = np.exp(bins - bins.max(axis=2, keepdims=True))
        projection = np.arange(reg_max, dtype=np.float32)
        expected: Float32 = (weights * projection).sum(axis=2) / weights.sum(axis=2)
    return expected


def class_logits(outputs: Sequence[Float32]) -> Float32:
    """Return the logits of all levels [nc, cells]; NaN becomes the lowest value."""
    logits = np.concatenate([cls[0].reshape(cls.shape[1], -1) for cls in outputs[1::2]], axis=1)
    return np.where(np.isnan(logits), np.float32(-np.inf), logits).astype(np.float32)


def best_classes(logits: Float32, cells: Int64) -> Int64:
    """Return the best class of each of these cells, the first of equal ones. logits: [nc, cells].

    float32 scores are compared, as in predict: different logits can have the same score.
    """
    best: Int64 = sigmoid(logits[:, cells]).argmax(axis=0)
    return best


def _boxes_at(
    outputs: Sequence[Float32], strides: Sequence[int], reg_max: int, index: Int64, encoded: bool
) -> Float32:
    """Return corners [n, 4] in input pixels of these cells; encoded: their distances, as in decode_raw."""
    boxes = outputs[::2]
    distance = expected_distance(extras.at_cells(boxes, index), reg_max)
    if encoded:
        return distance
    centre, stride = extras.centres(boxes, strides, index)
    with np.errstate(invalid="ignore", over="ignore"):
        corners = np.concatenate([centre - distance[:, :2], centre + distance[:, 2:]], axis=1)
        return corners * stride[:, None]


def select(candidates: Candidates, confidence: float, keep_classes: Sequence[int] | None) -> Candidates:
    """Return the candidates above the confidence, of these classes, and with finite boxes [n, any]."""
    keep = candidates.scores > np.float32(confidence)
    keep &= np.isfinite(candidates.boxes).all(axis=1)
    if keep_classes is not None:
        keep &= np.isin(candidates.class_ids, np.asarray(keep_classes, dtype=np.int64))
    return candidates.at(np.flatnonzero(keep))


def decode_raw(
    outputs: Sequence[Float32],
    strides: Sequence[int],
    reg_max: int,
    confidence: float,
    keep_classes: Sequence[int] | None = None,
    *,
    encoded: bool = False,
) -> Candidates:
    """Decode box0, cls0, box1, cls1, ... ([1, 4 * reg_max, H, W] and [1, nc, H, W] each) by rising stride.

    A candidate passes if the score of its best class is above the confidence (0 to 1), both as float32.
    keep_classes drops candidates with another best class. Candidates without finite box or score are dropped.
    encoded: return the distances left, top, right, bottom in strides, not corners.
    """
    logits = class_logits(outputs)
    scores = sigmoid(logits.max(axis=0))
    index = np.flatnonzero(scores > np.float32(confidence))
    boxes = _boxes_at(outputs, strides, reg_max, index, encoded)
    found = Candidates(boxes, scores[index], best_classes(logits, index), index)
    return select(found, confidence, keep_classes)


def top_k(
    outputs: Sequence[Float32],
    strides: Sequence[int],
    reg_max: int,
    confidence: float,
    keep_classes: Sequence[int] | None = None,
    *,
    max_det: int = LEAST_TOP_K,
    agnostic: bool = False,
    encoded: bool = False,
) -> Candidates:
    """Decode a one-to-one head, which needs no NMS. The shapes and encoded are those of decode_raw.

    First the k = max(max_det, 300) cells with the best scores are selected, then the k best of all their
    scores: a cell may have several classes (with agnostic only its best one). Of equal scores, the lower
    index, then the lower class is kept. The confidence and keep_classes apply to these k. `first` returns the
    max_det best of them.
    """
    logits = class_logits(outputs)
    k = min(max(max_det, LEAST_TOP_K), logits.shape[1])
    index = np.sort(np.argsort(-sigmoid(logits.max(axis=0)), kind="stable")[:k])
    if agnostic:
        class_ids = best_classes(logits, index)
    else:
        of_cells = sigmoid(logits[:, index]).T.reshape(-1)  # [k * nc]: a cell's classes side by side
        best = np.sort(np.argsort(-of_cells, kind="stable")[:k])
        index, class_ids = index[best // len(logits)], best % len(logits)
    boxes = _boxes_at(outputs, strides, reg_max, index, encoded)
    found = Candidates(boxes, sigmoid(logits[class_ids, index]), class_ids, index)
    return select(found, confidence, keep_classes)


def _corners(rows: Float32) -> Float32:
    """Return corners [N, 4] of the boxes of columns [4 or more, N]: cx cy w h first."""
    with np.errstate(invalid="ignore", over="ignore"):
        centre, half = rows[:2].T, rows[2:4].T / np.float32(2)
        return np.concatenate([centre - half, centre + half], axis=1).astype(np.float32)


def decode_decoded(
    output: Float32, confidence: float, keep_classes: Sequence[int] | None = None, *, encoded: bool = False
) -> Candidates:
    """Decode one tensor [1, 4 + nc, N]: cx cy w h in input pixels, then scores after the sigmoid.

    encoded: return cx cy w h, not corners.
    """
    rows = output[0]
    comparable = np.where(np.isnan(rows[4:]), -np.inf, rows[4:])
    class_ids = comparable.argmax(axis=0)
    scores = comparable.max(axis=0).astype(np.float32)
    boxes = rows[:4].T.astype(np.float32) if encoded else _corners(rows)
    candidates = Candidates(boxes, scores, class_ids, np.arange(rows.shape[1]))
    return select(candidates, confidence, keep_classes)


def decode_multilabel(
    output: Float32, confidence: float, keep_classes: Sequence[int] | None = None
) -> Candidates:
    """Decode one tensor [1, 4 + nc, N]: cx cy w h in input pixels, then scores from 0 to 1.

    Each class with a score above the confidence is a candidate, as in torchvision's SSD.
    """
    rows = output[0]
    with np.errstate(invalid="ignore"):
        index, class_ids = np.nonzero(np.float32(confidence) < rows[4:].T)
    candidates = Candidates(_corners(rows)[index], rows[4 + class_ids, index], class_ids, index)
    return select(candidates, confidence, keep_classes)


def decode_detections(
    output: Float32, classes: int, confidence: float, keep_classes: Sequence[int] | None = None
) -> Candidates:
    """Read one tensor [1, k, 6]: x1 y1 x2 y2 in input pixels, score, class; selected by the model.

    The rows stay in order. Rows with an unknown class number are dropped.
    """
    rows = output[0]
    with np.errstate(invalid="ignore"):
        known = (rows[:, 5] >= 0) & (rows[:, 5] < classes)
    class_ids = np.where(known, rows[:, 5], 0).astype(np.int64)
    scores = np.where(known & ~np.isnan(rows[:, 4]), rows[:, 4], np.float32(-np.inf)).astype(np.float32)
    return select(
        Candidates(rows[:, :4].astype(np.float32), scores, class_ids, np.arange(len(rows))),
        confidence,
        keep_classes,
    )


def most_confident(candidates: Candidates, max_det: int) -> Int64:
    """Return the positions of the max_det candidates with the best scores, best first, ties in order."""
    return np.argsort(-candidates.scores, kind="stable")[:max_det]


def to_image(boxes: Float32, plan: LetterboxPlan) -> Float32:
    """Map corners [n, 4] from the model's input to the picture, clipped to it."""
    return points_to_picture(boxes.reshape(-1, 2, 2), plan).reshape(-1, 4)


def decode(
    outputs: Sequence[Float32],
    output: OutputSpec,
    thresholds: Thresholds,
    keep_classes: Sequence[int] | None = None,
    *,
    encoded: bool = False,
) -> Candidates:
    """Decode boxes and classes by the contract, without extras; max_det and agnostic apply to `end2end` only.

    encoded: boxes stay as the model encodes them. Those of levels are left, top, right, bottom in strides.
    """
    boxes, confidence = extras.box_outputs(outputs, output), thresholds.confidence
    if output.has_levels:
        levels = (boxes, output.strides, output.reg_max, confidence, keep_classes)
        if output.contract == "raw":
            return decode_raw(*levels, encoded=encoded)
        return top_k(*levels, max_det=thresholds.max_det, agnostic=thresholds.agnostic, encoded=encoded)
    if output.contract == "decoded":
        return decode_decoded(boxes[0], confidence, keep_classes, encoded=encoded)
    if output.contract == "multilabel":
        return decode_multilabel(boxes[0], confidence, keep_classes)
    return decode_detections(boxes[0], output.classes, confidence, keep_classes)


def choose(candidates: Candidates, output: OutputSpec, thresholds: Thresholds) -> Int64:
    """Return the indices of the selected candidates, best first, by the contract's rule."""
    max_det = thresholds.max_det
    if output.needs_nms:
        boxes, scores, class_ids = candidates.boxes, candidates.scores, candidates.class_ids
        return nms(boxes, scores, class_ids, thresholds.iou, max_det, thresholds.agnostic)
    if output.contract == "end2end":
        return most_confident(candidates, max_det)
    return np.arange(len(candidates))[:max_det]  # in the model's order
