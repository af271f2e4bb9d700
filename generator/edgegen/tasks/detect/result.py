"""The result of a detection model, boxes with classes and scores, and its comparison within tolerances."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from edgegen.base.arrays import Float32, Float64, Int64
from edgegen.model.spec import OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.reference.nms import class_offsets
from edgegen.tasks import extras
from edgegen.tasks.decoder import Record, Tolerances
from edgegen.tasks.detect.decode import expected_distance
from edgegen.tasks.stage import Comparison, Loss, Stage, first_rise, worst_difference

if TYPE_CHECKING:
    from typing_extensions import Self


Floats = npt.NDArray[np.floating[Any]]
Pairs = Sequence[tuple[int, int]]

FOUND_AGAIN: Final = 0.75  # least IoU, or likeness of another kind

# The tolerances of a comparison.
RAW: Final = 0.015  # logits, and expected distances in strides
SCORE: Final = 0.005
_CORNER: Final = 0.5  # pixels of the original picture
CONFIDENCE_MARGIN: Final = 0.005
_IOU_MARGIN: Final = 0.01
_LAST: Final = 0.001  # above the last score of `detections`: rounding decides which rows are among the best

TOLERANCES: Final[dict[str, float]] = {
    "raw": RAW,
    "score": SCORE,
    "corner": _CORNER,
    "confidence_margin": CONFIDENCE_MARGIN,
    "iou_margin": _IOU_MARGIN,
}


@dataclass(frozen=True)
class Detections:
    """n detections, best first, in pixels of the original picture."""

    boxes: Float32  # [n, 4], x1 y1 x2 y2
    scores: Float32  # [n], 0 to 1
    class_ids: Int64  # [n]

    def __len__(self) -> int:
        return len(self.scores)

    def compare(
        self,
        reference: "Self",
        thresholds: Thresholds,
        output: OutputSpec,
        tolerances: Tolerances | None = None,
    ) -> Comparison:
        """Compare boxes and scores by the rules of `compare_boxes`, and the extras of each pair."""
        boxes = compare_boxes(self, reference, thresholds, output, tolerances)
        pairing = pair(self, reference, tolerances)
        return self.compare_extras(boxes, reference, pairing.pairs, tolerances)

    def compare_extras(
        self, boxes: Comparison, reference: "Self", pairs: Pairs, tolerances: Tolerances | None
    ) -> Comparison:
        """Return the comparison of boxes with that of the extras. pairs: indices of both results."""
        return boxes

    def extras_difference(self, i: int, other: "Self", j: int) -> float:
        """Return the difference of the extras of detection i of this result and j of the other one."""
        return 0.0

    def nms_overlaps(self, other: "Self", indices: Sequence[int], agnostic: bool) -> Floats:
        """Return the IoU of NMS [indices, n + m]; indices are of the detections of both results."""
        boxes = np.concatenate([self.boxes, other.boxes]).astype(np.float32)
        moved = boxes + class_offsets(np.concatenate([self.class_ids, other.class_ids]), agnostic)
        return iou_matrix(moved[list(indices)], moved)

    def likeness(self, other: "Self") -> Floats:
        """Return the IoU [n, m], 0 to 1."""
        return iou_matrix(self.boxes, other.boxes)

    def lost_in(self, other: "Self") -> Loss:
        """Count the detections that the other result does not have, or has elsewhere.

        Pairs have the same class and at least the likeness FOUND_AGAIN. The most similar are paired first.
        Additional detections are no loss.
        """
        if not len(self) or not len(other):
            return Loss(len(self), len(self))
        same_class = self.class_ids[:, None] == other.class_ids[None]
        likeness = np.where(same_class, np.nan_to_num(self.likeness(other)), 0)
        found = 0
        while likeness.max() >= FOUND_AGAIN:
            row, column = np.unravel_index(likeness.argmax(), likeness.shape)
            likeness[row], likeness[:, column] = 0, 0
            found += 1
        return Loss(len(self) - found, len(self))

    def to_json(self, class_names: Sequence[str]) -> list[dict[str, Any]]:
        return [
            {
                "class_id": int(class_id),
                "class_name": class_names[class_id],
                "score": float(score),
                "box": [float(corner) for corner in box],
            }
            for box, score, class_id in zip(self.boxes, self.scores, self.class_ids, strict=True)
        ]

    def spoken_text(self, class_names: Sequence[str]) -> str:
        """Return the number of detections of each class."""
        best_first = sorted(range(len(self)), key=lambda i: -self.scores[i])
        counts = Counter(int(self.class_ids[i]) for i in best_first)
        return ", ".join(f"{count} {class_names[class_id]}" for class_id, count in counts.items())

    def add_to(self, record: Record) -> None:
        record.add("boxes.box", "f32", self.boxes)
        record.add("boxes.score", "f32", self.scores)
        record.add("boxes.class", "u32", self.class_ids)


def boxes_of_json(rows: Sequence[Mapping[str, Any]]) -> tuple[Float32, Float32, Int64]:
    """Return the boxes, scores and class ids of an app's JSON."""
    return (
        np.array([row["box"] for row in rows], dtype=np.float32).reshape(-1, 4),
        np.array([row["score"] for row in rows], dtype=np.float32),
        np.array([row["class_id"] for row in rows], dtype=np.int64),
    )


def iou_matrix(a: Float32, b: Float32) -> Float64:
    """Return the IoU [n, m], 0 to 1, of boxes [n, 4] and [m, 4]: x1 y1 x2 y2. Boxes without area have 0."""
    first, second = a.astype(np.float64)[:, None], b.astype(np.float64)[None]
    low = np.maximum(first[..., :2], second[..., :2])
    high = np.minimum(first[..., 2:], second[..., 2:])
    intersection = np.prod(np.clip(high - low, 0, None), axis=2)
    area_a = np.prod(first[..., 2:] - first[..., :2], axis=2)
    area_b = np.prod(second[..., 2:] - second[..., :2], axis=2)
    with np.errstate(invalid="ignore", divide="ignore"):
        overlap: Float64 = intersection / (area_a + area_b - intersection)
    return np.nan_to_num(overlap)


def compare_boxes(
    ours: Detections,
    theirs: Detections,
    thresholds: Thresholds,
    output: OutputSpec | None = None,
    tolerances: Mapping[str, float] | None = None,
) -> Comparison:
    """Pair the detections of two lists, class by class, and return their differences.

    A detection of one side needs one of these explanations:
    - its score is within 0.005 of the confidence threshold, or of the last score within max_det;
    - its IoU with a neighbour of its class is within 0.01 of the NMS threshold, so a last bit decides;
    - it overlaps an explained detection;
    - with `tolerances`, NMS chose another of two boxes: an unpaired one of the other side has nearly the same
      score, and NMS would remove one of them.

    Without NMS, only the first counts, and detections may change order only if their scores are within 0.005.
    `tolerances`, of a program for another backend, replace these numbers.
    """
    pairing = pair(ours, theirs, tolerances)
    allowed = tolerances or TOLERANCES
    unpaired = _Unpaired(ours, theirs, [*pairing.only_ours, *(len(ours) + j for j in pairing.only_theirs)])
    floors = _score_floors(ours, theirs, thresholds, output)
    explained = unpaired.near_scores(floors, allowed["confidence_margin"])
    problems: list[str] = []
    if output is None or output.needs_nms:
        explained |= unpaired.kept_by_nms(thresholds, allowed, may_exchange=tolerances is not None)
        explained = unpaired.with_overlapping(explained, thresholds, allowed["iou_margin"])
    else:
        problems = _order_problems(theirs, pairing, allowed["score"])
    problems = [*unpaired.described_without(explained), *problems]
    corner = worst_difference(ours.boxes[pairing.ours], theirs.boxes[pairing.theirs])
    score = worst_difference(ours.scores[pairing.ours], theirs.scores[pairing.theirs])
    if score > allowed["score"]:  # the report's line has corners only
        problems.append(f"a score differs by {score:.4f}, more than {allowed['score']:g}")
    passed = corner <= allowed["corner"] and not problems
    stage = Stage("", corner, allowed["corner"], "px", passed, len(theirs))
    worst = {"corner": corner, "score": score}
    return Comparison("box corners", stage, problems=tuple(problems), worst=worst)


class _Pairing(NamedTuple):
    """The detections of two results that are the same objects, and those without a partner."""

    pairs: list[tuple[int, int]]  # indices in ours and theirs, in the order of theirs
    only_ours: list[int]
    only_theirs: list[int]

    @property
    def ours(self) -> list[int]:
        """The paired detections of ours."""
        return [i for i, _ in self.pairs]

    @property
    def theirs(self) -> list[int]:
        """The paired detections of theirs."""
        return [j for _, j in self.pairs]


def pair(ours: Detections, theirs: Detections, tolerances: Mapping[str, float] | None = None) -> _Pairing:
    """Pair the detections of two results, class by class.

    If several boxes are at one place, for example clipped at an edge, scores and the task's extras decide.
    tolerances: those of compare_boxes. Boxes that are farther apart than these are no pair: NMS may have
    chosen another one.
    """
    farthest = 8 * _CORNER if tolerances is None else tolerances["corner"]
    pairs: list[tuple[int, int]] = []
    free = set(range(len(ours)))
    only_theirs: list[int] = []
    for j in range(len(theirs)):
        # Within a few pixels it is the same object with an error, beyond them another.
        near = [
            i
            for i in free
            if ours.class_ids[i] == theirs.class_ids[j] and _distance(ours, i, theirs, j) <= farthest
        ]
        if not near:
            only_theirs.append(j)
            continue
        best = near[0] if len(near) == 1 else min(near, key=lambda i: (_difference(ours, i, theirs, j), i))
        free.discard(best)
        pairs.append((best, j))
    return _Pairing(pairs, sorted(free), only_theirs)


def round_box(box: Float32) -> list[float]:
    """Return the values of a box, rounded to one decimal."""
    return [round(float(value), 1) for value in box]


def compare_outputs(ours: Sequence[Float32], theirs: Sequence[Float32], output: OutputSpec) -> list[Stage]:
    """Compare all values of boxes and classes: class logits and expected distances, or scores and boxes."""
    ours, theirs = extras.box_outputs(ours, output), extras.box_outputs(theirs, output)
    if output.has_levels:
        worst, compared = 0.0, 0
        for position, (our_output, their_output) in enumerate(zip(ours, theirs, strict=True)):
            if position % 2 == 0:  # boxes
                our_output = _distances(our_output, output.reg_max)
                their_output = _distances(their_output, output.reg_max)
            worst = max(worst, worst_difference(our_output, their_output))
            compared += their_output.size
        return [Stage.of("pte", worst, RAW, "logits, strides", compared)]
    if output.contract == "detections":
        return _compare_rows(ours[0][0], theirs[0][0])
    our_boxes, our_scores = ours[0][:, :4], ours[0][:, 4:]
    their_boxes, their_scores = theirs[0][:, :4], theirs[0][:, 4:]
    return [
        Stage.of("pte", worst_difference(our_scores, their_scores), SCORE, "score", their_scores.size),
        Stage.of("pte boxes", worst_difference(our_boxes, their_boxes), _CORNER, "px", their_boxes.size),
    ]


def _compare_rows(ours: Float32, theirs: Float32) -> list[Stage]:
    """Compare all rows [k, 6] of `detections`: x1 y1 x2 y2, score, class, by falling score.

    Rows of nearly equal scores may change places: rounding decides their order. Of the rows with nearly the
    last score, others may be among the k best.
    """
    first, second = _row_pairs(ours, theirs)
    alone = sorted({*range(len(ours))} - {*first}), sorted({*range(len(theirs))} - {*second})
    last = min(ours[:, 4].min(initial=1), theirs[:, 4].min(initial=1)) + _LAST
    if not (ours[alone[0], 4] <= last).all() or not (theirs[alone[1], 4] <= last).all():
        # Rows without a partner are compared with those at their places.
        first, second = [*first, *alone[0]], [*second, *alone[1]]
    mine, right = ours[first], theirs[second]
    mine = np.where(mine[:, 5:] == right[:, 5:], mine, np.float32(np.inf))  # of another class
    by_place = right[np.argsort(first), 4].astype(np.float64)
    score = worst_difference(mine[:, 4], right[:, 4]) if first_rise(by_place, SCORE) is None else np.inf
    corner = worst_difference(mine[:, :4], right[:, :4])
    return [
        Stage.of("pte", score, SCORE, "score", len(theirs)),
        Stage.of("pte boxes", corner, _CORNER, "px", 4 * len(theirs)),
    ]


def _row_pairs(ours: Float32, theirs: Float32) -> tuple[list[int], list[int]]:
    """Return the indices of equal rows: of the same class, with score and box within the tolerances."""
    apart = np.abs(ours[:, None, :5].astype(np.float64) - theirs[None, :, :5])
    corner, score = apart[..., :4].max(axis=2, initial=0), apart[..., 4]
    same = (corner <= _CORNER) & (score <= SCORE) & (ours[:, None, 5] == theirs[None, :, 5])
    cost = np.where(same, corner / _CORNER + score / SCORE, np.inf)
    first, second = list[int](), list[int]()
    for j in range(len(theirs)):
        i = int(cost[:, j].argmin())
        if np.isfinite(cost[i, j]):
            cost[i] = np.inf
            first.append(i)
            second.append(j)
    return first, second


@dataclass(frozen=True)
class _Unpaired:
    """The unpaired detections of two results. Their numbers count all of ours first, then all of theirs."""

    ours: Detections
    theirs: Detections
    numbers: list[int]

    @cached_property
    def _scores(self) -> list[float]:
        """The scores of both results, by number."""
        return [float(score) for score in np.concatenate([self.ours.scores, self.theirs.scores])]

    def _is_ours(self, number: int) -> bool:
        return number < len(self.ours)

    def near_scores(self, scores: Float64, margin: float) -> set[int]:
        """Return those whose score is within the margin of one of these."""
        return {i for i in self.numbers if (np.abs(scores - self._scores[i]) <= margin).any()}

    def kept_by_nms(
        self, thresholds: Thresholds, tolerances: Mapping[str, float], *, may_exchange: bool
    ) -> set[int]:
        """Return those that NMS may keep on one side only.

        A neighbour's IoU is near the threshold of NMS. Or, with may_exchange, the other side has a box of
        nearly the same score in its place.
        """
        kept = set[int]()
        for i, overlap in self._overlaps(thresholds).items():
            is_near_iou = (np.abs(np.delete(overlap, i) - thresholds.iou) <= tolerances["iou_margin"]).any()
            is_exchanged = may_exchange and any(
                self._is_ours(i) != self._is_ours(k)
                and overlap[k] > thresholds.iou
                and abs(self._scores[i] - self._scores[k]) <= tolerances["score"]
                for k in self.numbers
            )
            if is_near_iou or is_exchanged:
                kept.add(i)
        return kept

    def with_overlapping(self, explained: set[int], thresholds: Thresholds, margin: float) -> set[int]:
        """Return the explained ones, and those that overlap one of them, directly or through others.

        A missing or additional box decides whether NMS keeps the boxes that overlap it.
        """
        overlaps = self._overlaps(thresholds)
        while followers := {
            i
            for i, overlap in overlaps.items()
            if i not in explained and any(overlap[k] > thresholds.iou - margin for k in explained)
        }:
            explained = explained | followers
        return explained

    def _overlaps(self, thresholds: Thresholds) -> dict[int, Any]:
        """Return by number the IoU of NMS [n + m] with all detections of both results."""
        if not self.numbers:
            return {}
        overlaps = self.ours.nms_overlaps(self.theirs, self.numbers, thresholds.agnostic)
        return dict(zip(self.numbers, overlaps, strict=True))

    def described_without(self, explained: set[int]) -> list[str]:
        """Return a description of each that is not explained."""
        return [
            _describe(self.ours, i, "only here")
            if self._is_ours(i)
            else _describe(self.theirs, i - len(self.ours), "missing here")
            for i in self.numbers
            if i not in explained
        ]


def _describe(side: Detections, i: int, where: str) -> str:
    box = round_box(side.boxes[i])
    return f"{where}: class {side.class_ids[i]}, score {side.scores[i]:.4f}, box {box}"


def _score_floors(
    ours: Detections, theirs: Detections, thresholds: Thresholds, output: OutputSpec | None
) -> Float64:
    """Return the scores below which detections were dropped: the threshold, and the last of a full result."""
    max_det = thresholds.max_det
    if output is not None and not output.needs_nms:
        max_det = min(max_det, output.candidates)
    last = [float(side.scores.min()) for side in (ours, theirs) if 0 < max_det <= len(side)]
    return np.array([thresholds.confidence, *last])


def _order_problems(theirs: Detections, pairing: _Pairing, tolerance: float) -> list[str]:
    """Return a problem if detections of ours are not by falling score of theirs."""
    order = [j for _, j in sorted(pairing.pairs)]
    late = first_rise(theirs.scores[order].astype(np.float64), tolerance)
    return [] if late is None else [_describe(theirs, order[late], "out of order")]


def _distance(ours: Detections, i: int, theirs: Detections, j: int) -> float:
    """Return the largest difference of two boxes' coordinates in pixels."""
    return float(np.abs(ours.boxes[i] - theirs.boxes[j]).max())


def _difference(ours: Detections, i: int, theirs: Detections, j: int) -> float:
    """Return the sum of the differences of two boxes, their scores and their extras."""
    score = abs(float(ours.scores[i]) - float(theirs.scores[j]))
    return _distance(ours, i, theirs, j) + score + ours.extras_difference(i, theirs, j)


def _distances(box_logits: Float32, reg_max: int) -> Float32:
    """Return the distances [cells, 4] in strides of a level's box output [1, 4 * reg_max, h, w].

    Farther sides are outside of the input, wherever the cell is: they are cut at the picture. An exponential
    in the model makes them so large in the background that their rounding exceeds any absolute tolerance.
    """
    rows = np.ascontiguousarray(box_logits[0].reshape(4 * reg_max, -1).T)
    farthest = np.float32(2 * max(box_logits.shape[2:]))
    return np.clip(expected_distance(rows, reg_max), -farthest, farthest)
