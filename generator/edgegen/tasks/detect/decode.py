"""From the model's output to candidate boxes in input pixels."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Float32 = npt.NDArray[np.float32]
Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Candidates:
    """n candidates by rising index."""

    boxes: Float32  # [n, 4], x1 y1 x2 y2 in input pixels
    scores: Float32  # [n], 0 to 1
    class_ids: Int64  # [n]
    index: Int64  # [n], the candidate's number: level by level, row by row

    def __len__(self) -> int:
        """Return n."""
        return len(self.scores)


def sigmoid(logits: Float32) -> Float32:
    """Return 1 / (1 + exp(-x)) in float32; exp may overflow to infinity, which gives 0 as it should."""
    with np.errstate(over="ignore"):
        return (np.float32(1) / (np.float32(1) + np.exp(-logits))).astype(np.float32)


def expected_distance(box_logits: Float32, reg_max: int) -> Float32:
    """Return [n, 4] distances (left, top, right, bottom) in strides from box logits [n, 4 * reg_max].

    A side is a distribution over reg_max bins; its distance is the expectation of the softmax: the
    integral form of Distribution Focal Loss (Li et al., Generalized Focal Loss, 2020).
    """
    bins = box_logits.reshape(-1, 4, reg_max)
    with np.errstate(invalid="ignore", over="ignore"):
        weights = np.exp(bins - bins.max(axis=2, keepdims=True))
        projection = np.arange(reg_max, dtype=np.float32)
        expected: Float32 = (weights * projection).sum(axis=2) / weights.sum(axis=2)
    return expected


def decode_raw(
    outputs: Sequence[Float32],
    strides: Sequence[int],
    reg_max: int,
    confidence: float,
    keep_classes: Sequence[int] | None = None,
) -> Candidates:
    """Decode box0, cls0, box1, cls1, ... ([1, 4 * reg_max, H, W] and [1, nc, H, W] each) by rising stride.

    A candidate passes when the score of its best class is above the confidence (0 to 1), both as float32;
    keep_classes then drops candidates whose best class is not named. Candidates without a
    finite box or score are dropped.
    """
    parts: list[Candidates] = []
    first = 0
    for level, stride in enumerate(strides):
        box, cls = outputs[2 * level][0], outputs[2 * level + 1][0]
        height, width = cls.shape[1:]
        logits = cls.reshape(cls.shape[0], -1)  # [nc, cells]
        comparable = np.where(np.isnan(logits), -np.inf, logits)
        best = comparable.max(axis=0)
        scores = sigmoid(best.astype(np.float32))
        cells = np.flatnonzero(scores > np.float32(confidence))
        class_ids = comparable[:, cells].argmax(axis=0)
        rows = np.ascontiguousarray(box.reshape(box.shape[0], -1)[:, cells].T)
        boxes = _corners(expected_distance(rows, reg_max), cells, width, stride)
        parts.append(Candidates(boxes, scores[cells], class_ids, cells + first))
        first += height * width
    return _select(_concatenate(parts), confidence, keep_classes)


def _corners(distance: Float32, cells: Int64, width: int, stride: int) -> Float32:
    """Return corners [n, 4] in input pixels from distances [n, 4] in strides around the cells' centres."""
    centre = np.stack([cells % width + 0.5, cells // width + 0.5], axis=1).astype(np.float32)
    with np.errstate(invalid="ignore", over="ignore"):
        corners = np.concatenate([centre - distance[:, :2], centre + distance[:, 2:]], axis=1)
        return corners * np.float32(stride)


def decode_decoded(
    output: Float32, confidence: float, keep_classes: Sequence[int] | None = None
) -> Candidates:
    """Decode one tensor [1, 4 + nc, N]: cx cy w h in input pixels, then scores after the sigmoid."""
    rows = output[0]
    comparable = np.where(np.isnan(rows[4:]), -np.inf, rows[4:])
    class_ids = comparable.argmax(axis=0)
    scores = comparable.max(axis=0).astype(np.float32)
    with np.errstate(invalid="ignore", over="ignore"):
        centre, half = rows[:2].T, rows[2:4].T / np.float32(2)
        boxes = np.concatenate([centre - half, centre + half], axis=1).astype(np.float32)
    candidates = Candidates(boxes, scores, class_ids, np.arange(rows.shape[1]))
    return _select(candidates, confidence, keep_classes)


def _concatenate(parts: Sequence[Candidates]) -> Candidates:
    return Candidates(
        np.concatenate([part.boxes for part in parts]),
        np.concatenate([part.scores for part in parts]),
        np.concatenate([part.class_ids for part in parts]),
        np.concatenate([part.index for part in parts]),
    )


def _select(all_of_them: Candidates, confidence: float, keep_classes: Sequence[int] | None) -> Candidates:
    keep = all_of_them.scores > np.float32(confidence)
    keep &= np.isfinite(all_of_them.boxes).all(axis=1)
    if keep_classes is not None:
        keep &= np.isin(all_of_them.class_ids, np.asarray(keep_classes, dtype=np.int64))
    return Candidates(
        all_of_them.boxes[keep],
        all_of_them.scores[keep],
        all_of_them.class_ids[keep],
        all_of_them.index[keep],
    )
