"""Compare detections and outputs within tolerances."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from edgegen.base.arrays import Float32, Float64
from edgegen.model.spec import OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.reference.nms import CLASS_OFFSET
from edgegen.tasks import extras
from edgegen.tasks.detect.decode import expected_distance
from edgegen.tasks.stage import Comparison, Stage, first_rise, worst_difference

if TYPE_CHECKING:
    from edgegen.tasks.detect.result import Detections

RAW: Final = 0.015  # logits, and expected distances in strides
SCORE: Final = 0.005
CORNER: Final = 0.5  # pixels of the original picture
CONFIDENCE_MARGIN: Final = 0.005
IOU_MARGIN: Final = 0.01

TOLERANCES: Final[dict[str, float]] = {
    "raw": RAW,
    "score": SCORE,
    "corner": CORNER,
    "confidence_margin": CONFIDENCE_MARGIN,
    "iou_margin": IOU_MARGIN,
}


def iou_matrix(a: Float32, b: Float32) -> Float64:
    """Return the IoU [n, m] of boxes [n, 4] and [m, 4], as corners."""
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
    ours: "Detections",
    theirs: "Detections",
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
    pairs, only_ours, only_theirs = pair(ours, theirs, tolerances)
    allowed = tolerances or TOLERANCES
    mine, right = [i for i, _ in pairs], [j for _, j in pairs]
    worst = {
        "corner": worst_difference(ours.boxes[mine], theirs.boxes[right]),
        "score": worst_difference(ours.scores[mine], theirs.scores[right]),
    }
    needs_nms = output is None or output.needs_nms
    most = thresholds.max_det if output is None or needs_nms else min(thresholds.max_det, output.candidates)
    # Below these scores, detections were dropped.
    full = (float(side.scores.min()) for side in (ours, theirs) if 0 < most <= len(side))
    floors = np.array([thresholds.confidence, *full])
    scores = [float(score) for score in np.concatenate([ours.scores, theirs.scores])]
    alone = [*only_ours, *(len(ours) + j for j in only_theirs)]  # numbers in both lists together
    margin = allowed["confidence_margin"]
    explained = {i for i in alone if (np.abs(floors - scores[i]) <= margin).any()}
    if needs_nms and alone:
        may_exchange = tolerances is not None
        _explain_by_nms(ours, theirs, scores, alone, explained, thresholds, allowed, may_exchange)
    problems = [
        _describe(ours, i, "only here") if i < len(ours) else _describe(theirs, i - len(ours), "missing here")
        for i in alone
        if i not in explained
    ]
    if not needs_nms:
        order = [j for _, j in sorted(pairs)]
        late = first_rise(theirs.scores[order].astype(np.float64), allowed["score"])
        problems += [] if late is None else [_describe(theirs, order[late], "out of order")]
    if worst["score"] > allowed["score"]:  # the report's line has corners only
        problems.append(f"a score differs by {worst['score']:.4f}, more than {allowed['score']:g}")
    passed = worst["corner"] <= allowed["corner"] and not problems
    stage = Stage("", worst["corner"], allowed["corner"], "px", passed, len(theirs))
    return Comparison("box corners", stage, problems=tuple(problems), worst=worst)


def pair(
    ours: "Detections", theirs: "Detections", tolerances: Mapping[str, float] | None = None
) -> tuple[list[tuple[int, int]], list[int], list[int]]:
    """Return pairs (ours, theirs) in the order of theirs, and the indices of unpaired ones of each side.

    If several boxes are at one place, for example clipped at an edge, scores and the task's extras decide.
    tolerances: those of compare_boxes. Boxes that are farther apart than these are no pair: NMS may have
    chosen another one.
    """
    farthest = 8 * CORNER if tolerances is None else tolerances["corner"]
    pairs: list[tuple[int, int]] = []
    free = set(range(len(ours)))
    alone: list[int] = []
    for j in range(len(theirs)):
        # Within a few pixels it is the same object with an error, beyond them another.
        near = [
            i
            for i in free
            if ours.class_ids[i] == theirs.class_ids[j] and _distance(ours, i, theirs, j) <= farthest
        ]
        if not near:
            alone.append(j)
            continue
        best = near[0] if len(near) == 1 else min(near, key=lambda i: (_difference(ours, i, theirs, j), i))
        free.discard(best)
        pairs.append((best, j))
    return pairs, sorted(free), alone


def _distance(ours: "Detections", i: int, theirs: "Detections", j: int) -> float:
    """Return the largest difference of two boxes' coordinates in pixels."""
    return float(np.abs(ours.boxes[i] - theirs.boxes[j]).max())


def _difference(ours: "Detections", i: int, theirs: "Detections", j: int) -> float:
    """Return the sum of the differences of two boxes, their scores and their extras."""
    score = abs(float(ours.scores[i]) - float(theirs.scores[j]))
    return _distance(ours, i, theirs, j) + score + ours.extras_difference(i, theirs, j)


def _explain_by_nms(
    ours: "Detections",
    theirs: "Detections",
    scores: Sequence[float],
    alone: Sequence[int],
    explained: set[int],
    thresholds: Thresholds,
    tolerances: Mapping[str, float],
    may_exchange: bool,
) -> None:
    """Add the unpaired detections that NMS may keep on one side only."""
    overlaps = dict(zip(alone, ours.nms_overlaps(theirs, alone, thresholds.agnostic), strict=True))
    margin = tolerances["iou_margin"]
    for i, overlap in overlaps.items():
        is_near_iou = bool((np.abs(np.delete(overlap, i) - thresholds.iou) <= margin).any())
        is_exchanged = may_exchange and any(  # the other side has a box of nearly the same score instead
            (i < len(ours)) != (k < len(ours))
            and overlap[k] > thresholds.iou
            and abs(scores[i] - scores[k]) <= tolerances["score"]
            for k in alone
        )
        if is_near_iou or is_exchanged:
            explained.add(i)
    while followers := {  # a missing or additional box changes the fate of those that overlap it
        i
        for i, overlap in overlaps.items()
        if i not in explained and any(overlap[k] > thresholds.iou - margin for k in explained)
    }:
        explained |= followers


def class_offsets(ours: "Detections", theirs: "Detections", agnostic: bool) -> Float32:
    """Return the class offset [n + m, 1] of NMS for each box of both sides."""
    classes = np.concatenate([ours.class_ids, theirs.class_ids])[:, None].astype(np.float32)
    return np.float32(0 if agnostic else CLASS_OFFSET) * classes


def _describe(side: "Detections", i: int, where: str) -> str:
    box = round_box(side.boxes[i])
    return f"{where}: class {side.class_ids[i]}, score {side.scores[i]:.4f}, box {box}"


def round_box(box: Float32) -> list[float]:
    """Return the values of a box, rounded to one decimal."""
    return [round(float(value), 1) for value in box]


def compare_outputs(ours: Sequence[Float32], theirs: Sequence[Float32], output: OutputSpec) -> list[Stage]:
    """Compare all values of boxes and classes: class logits and expected distances, or scores and boxes."""
    ours, theirs = extras.box_outputs(ours, output), extras.box_outputs(theirs, output)
    if output.has_levels:
        worst, compared = 0.0, 0
        for position, (mine, right) in enumerate(zip(ours, theirs, strict=True)):
            if position % 2 == 0:
                mine, right = _distances(mine, output.reg_max), _distances(right, output.reg_max)
            worst, compared = max(worst, worst_difference(mine, right)), compared + right.size
        return [Stage.of("pte", worst, RAW, "logits, strides", compared)]
    boxes, scores = slice(0, 4), slice(4, None)
    stages = []
    for name, rows, tolerance, unit in (("pte", scores, SCORE, "score"), ("pte boxes", boxes, CORNER, "px")):
        mine, right = ours[0][:, rows], theirs[0][:, rows]
        stages.append(Stage.of(name, worst_difference(mine, right), tolerance, unit, right.size))
    return stages


def _distances(box_logits: Float32, reg_max: int) -> Float32:
    rows = np.ascontiguousarray(box_logits[0].reshape(4 * reg_max, -1).T)
    return expected_distance(rows, reg_max)
