"""Are these the same boxes, and the same numbers? The rule and its tolerances."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from edgegen.model.spec import OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.reference.nms import CLASS_OFFSET
from edgegen.tasks.detect.decode import expected_distance
from edgegen.tasks.detect.pipeline import Detections
from edgegen.tasks.stage import Stage

Float32 = npt.NDArray[np.float32]

# Of two results, some places in both together, and whether classes meet: IoU [places, all].
Overlaps = Callable[[Detections, Detections, Sequence[int], bool], npt.NDArray[np.floating[Any]]]
Apart = Callable[[int, int], float]  # of a place of ours and one of theirs

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


@dataclass(frozen=True)
class BoxComparison:
    """How two lists of detections in one picture differ."""

    pairs: int = 0
    compared: int = 0  # detections of the side that is right
    worst_corner: float = 0.0  # pixels
    worst_score: float = 0.0
    problems: tuple[str, ...] = field(default=())  # one-sided detections that no threshold explains

    @property
    def passed(self) -> bool:
        """Tell whether the differences are within tolerance."""
        return self.worst_corner <= CORNER and self.worst_score <= SCORE and not self.problems

    def stages(self, name: str) -> list[Stage]:
        """Return the line of a report that says so."""
        return [Stage(name, self.worst_corner, CORNER, "px", self.passed, self.compared)]

    def __str__(self) -> str:
        """Say what differs, in one line."""
        problems = "".join(f"; {problem}" for problem in self.problems[:3])
        return (
            f"corners by up to {self.worst_corner:.3f} px, scores by up to {self.worst_score:.4f}{problems}"
        )


def iou_matrix(a: npt.NDArray[np.float32], b: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Return IoU [n, m] of boxes [n, 4] and [m, 4], corners in one plane."""
    first, second = a.astype(np.float64)[:, None], b.astype(np.float64)[None]
    low = np.maximum(first[..., :2], second[..., :2])
    high = np.minimum(first[..., 2:], second[..., 2:])
    intersection = np.prod(np.clip(high - low, 0, None), axis=2)
    area_a = np.prod(first[..., 2:] - first[..., :2], axis=2)
    area_b = np.prod(second[..., 2:] - second[..., :2], axis=2)
    with np.errstate(invalid="ignore", divide="ignore"):
        overlap: npt.NDArray[np.float64] = intersection / (area_a + area_b - intersection)
    return np.nan_to_num(overlap)


def compare_boxes(
    ours: Detections,
    theirs: Detections,
    thresholds: Thresholds,
    output: OutputSpec | None = None,
    overlaps: Overlaps | None = None,
    apart: Apart | None = None,
) -> BoxComparison:
    """Pair the detections of two lists, class by class, and measure what differs.

    A detection that only one side shows must be explained: its score lies within 0.005 of the confidence
    threshold (or of the last score that max_det let through), or it has a neighbour of its class whose IoU
    with it is within 0.01 of the NMS threshold, so that a last bit decided; or it overlaps a detection that
    is explained so itself.

    overlaps gives the IoU that NMS goes by, of the boxes themselves by default; apart is as in `pair`.

    Where the output needs no NMS, only the first of these explains anything, and the order counts: only
    detections whose scores are within 0.005 of each other may change places.
    """
    pairs, only_ours, only_theirs = pair(ours, theirs, apart)
    worst_corner = worst_score = 0.0
    for i, j in pairs:
        worst_corner = max(worst_corner, worst_difference(ours.boxes[i], theirs.boxes[j]))
        worst_score = max(worst_score, worst_difference(ours.scores[i : i + 1], theirs.scores[j : j + 1]))
    if output is None or output.needs_nms:
        problems = _unexplained(ours, theirs, only_ours, only_theirs, thresholds, overlaps or _overlaps)
    else:
        most = min(thresholds.max_det, output.candidates)
        floors = _floors((ours, theirs), thresholds.confidence, most)
        problems = [
            _described(side, i, where)
            for side, alone, where in ((ours, only_ours, "only here"), (theirs, only_theirs, "missing here"))
            for i in alone
            if not _near(float(side.scores[i]), floors)
        ]
        problems += _out_of_order(theirs, [j for _, j in sorted(pairs)])
    if worst_score > SCORE:  # the report's line tells of corners alone
        problems = [*problems, f"a score differs by {worst_score:.4f}, {SCORE} is the most"]
    return BoxComparison(len(pairs), len(theirs), worst_corner, worst_score, tuple(problems))


def pair(
    ours: Detections, theirs: Detections, apart: Apart | None = None
) -> tuple[list[tuple[int, int]], list[int], list[int]]:
    """Return which of theirs each of ours is, best first of theirs, and those that only one side shows.

    Of several boxes in one place, cut off at the picture's edges say, scores tell which is which, and what
    else a task has: apart says how far two lie from each other in that.
    """
    pairs: list[tuple[int, int]] = []
    free = set(range(len(ours)))
    alone: list[int] = []
    for j in range(len(theirs)):
        same_class = [i for i in free if ours.class_ids[i] == theirs.class_ids[j]]
        distances = {i: float(np.abs(ours.boxes[i] - theirs.boxes[j]).max()) for i in same_class}
        # Beyond a few pixels it is another object; up to there it is the same one, and off.
        near = [i for i in same_class if distances[i] <= 8 * CORNER]
        if near:
            best = near[0]
            if len(near) > 1:
                best = min(
                    near,
                    key=lambda i, j=j: (  # type: ignore[misc]
                        distances[i]
                        + abs(float(ours.scores[i]) - float(theirs.scores[j]))
                        + (apart(i, j) if apart else 0.0)
                    ),
                )
            free.discard(best)
            pairs.append((best, j))
        else:
            alone.append(j)
    return pairs, sorted(free), alone


def _unexplained(
    ours: Detections,
    theirs: Detections,
    only_ours: Sequence[int],
    only_theirs: Sequence[int],
    thresholds: Thresholds,
    overlaps: Overlaps,
) -> list[str]:
    scores = np.concatenate([ours.scores, theirs.scores])
    alone = [*only_ours, *(len(ours) + j for j in only_theirs)]
    if not alone:
        return []
    floors = _floors((ours, theirs), thresholds.confidence, thresholds.max_det)
    overlap = overlaps(ours, theirs, alone, thresholds.agnostic)
    explained = set[int]()
    for row, i in enumerate(alone):
        others = np.delete(overlap[row], i)
        if _near(float(scores[i]), floors) or bool((np.abs(others - thresholds.iou) <= IOU_MARGIN).any()):
            explained.add(i)
    while True:  # a box that came or went takes or frees those that overlap it
        follow = {
            i
            for row, i in enumerate(alone)
            if i not in explained and any(overlap[row][k] > thresholds.iou - IOU_MARGIN for k in explained)
        }
        if not follow:
            break
        explained |= follow
    return [
        _described(ours, i, "only here")
        if i < len(ours)
        else _described(theirs, i - len(ours), "missing here")
        for i in alone
        if i not in explained
    ]


def class_offsets(ours: Detections, theirs: Detections, agnostic: bool) -> Float32:
    """Return by how much NMS moves each box of both, [n + m, 1], so that classes do not meet."""
    classes = np.concatenate([ours.class_ids, theirs.class_ids])[:, None].astype(np.float32)
    return np.float32(0 if agnostic else CLASS_OFFSET) * classes


def _overlaps(
    ours: Detections, theirs: Detections, alone: Sequence[int], agnostic: bool
) -> npt.NDArray[np.floating[Any]]:
    boxes = np.concatenate([ours.boxes, theirs.boxes]).astype(np.float32)
    moved = boxes + class_offsets(ours, theirs, agnostic)
    return iou_matrix(moved[list(alone)], moved)


def _floors(sides: Sequence[Detections], confidence: float, most: int) -> list[float]:
    """Return the scores below which something was left out; `most` is how many can be shown."""
    return [confidence, *(float(side.scores.min()) for side in sides if 0 < most <= len(side))]


def _near(score: float, floors: Sequence[float]) -> bool:
    return any(abs(score - floor) <= CONFIDENCE_MARGIN for floor in floors)


def _described(side: Detections, i: int, where: str) -> str:
    box = rounded(side.boxes[i])
    return f"{where}: class {side.class_ids[i]}, score {side.scores[i]:.4f}, box {box}"


def rounded(box: Float32) -> list[float]:
    """Return the numbers of a box with one digit after the point."""
    return [round(float(value), 1) for value in box]


def _out_of_order(theirs: Detections, places: Sequence[int]) -> list[str]:
    """Name the first detection that stands behind a worse one; places of theirs, in our order."""
    scores = theirs.scores[np.asarray(places, dtype=np.int64)].astype(np.float64)
    rises = scores[1:] - np.minimum.accumulate(scores)[:-1]
    late = np.flatnonzero(rises > SCORE)
    return [_described(theirs, places[late[0] + 1], "out of order")] if len(late) else []


def compare_outputs(ours: Sequence[Float32], theirs: Sequence[Float32], output: OutputSpec) -> list[Stage]:
    """Compare all numbers of a model's outputs: class logits and expected distances, or scores and boxes."""
    if output.has_levels:
        worst, compared = 0.0, 0
        for position, (mine, right) in enumerate(zip(ours, theirs, strict=True)):
            if position % 2 == 0:
                mine, right = _distances(mine, output.reg_max), _distances(right, output.reg_max)
            worst, compared = max(worst, worst_difference(mine, right)), compared + right.size
        return [_stage("pte", worst, RAW, "logits, strides", compared)]
    boxes, scores = slice(0, 4), slice(4, None)
    stages = []
    for name, rows, tolerance, unit in (("pte", scores, SCORE, "score"), ("pte boxes", boxes, CORNER, "px")):
        mine, right = ours[0][:, rows], theirs[0][:, rows]
        stages.append(_stage(name, worst_difference(mine, right), tolerance, unit, right.size))
    return stages


def _distances(box_logits: Float32, reg_max: int) -> Float32:
    rows = np.ascontiguousarray(box_logits[0].reshape(4 * reg_max, -1).T)
    return expected_distance(rows, reg_max)


def worst_difference(ours: Float32, theirs: Float32) -> float:
    """Return the largest difference of two arrays; infinite where one is not a number."""
    difference = np.abs(ours.astype(np.float64) - theirs)
    return float(np.nan_to_num(difference, nan=np.inf).max(initial=0.0))


def _stage(name: str, worst: float, tolerance: float, unit: str, compared: int) -> Stage:
    return Stage(name, worst, tolerance, unit, worst <= tolerance, compared)
