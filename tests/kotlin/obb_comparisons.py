"""Comparisons of oriented boxes with the reference, as in task_comparisons.py."""

import numpy as np
import numpy.typing as npt

from edgegen.model.spec import Extras
from edgegen.reference.nms import probiou
from edgegen.reference.nms import rotated_nms as reference_nms
from edgegen.tasks.detect.decode import Candidates, most_confident
from edgegen.tasks.obb import decode as turned
from tests.kotlin.jvm import KotlinCore
from tests.kotlin.task_cases import CONTRACTS, Size, random_outputs, random_question
from tests.kotlin.task_comparisons import check_boxes, spec_of
from tests.kotlin.tasks import Asked, Outputs, decode_rotated, obb, rotated_nms

Float32 = npt.NDArray[np.float32]
Int64 = npt.NDArray[np.int64]

ANGLES = {"sigmoid": "SIGMOID", "logit": "LOGIT"}


def reference_turned(outputs: Outputs, rule: str, asked: Asked) -> Candidates:
    """Return candidates whose boxes are [n, 5]."""
    spec = spec_of(outputs, Extras(1, angle=rule))
    with np.errstate(all="ignore"):
        return turned.decode(outputs.tensors, spec, asked.thresholds, asked.keep_classes)


def same_turned(ours: Float32, theirs: Float32, outputs: Outputs, gain: float = 1) -> None:
    """Compare within the difference of two implementations of sine; without levels, bit by bit."""
    tolerance = 4e-6 * max(outputs.reg_max, 8) * max(outputs.strides, default=0) / gain
    np.testing.assert_allclose(
        ours[:, :4], theirs[:, :4], rtol=4e-6 if outputs.strides else 0, atol=tolerance
    )
    np.testing.assert_allclose(ours[:, 4], theirs[:, 4], rtol=1e-6 if outputs.strides else 0, atol=3e-7)


def check_decode_rotated(core: KotlinCore, seed: int, cases: int) -> int:
    """Compare candidates and their oriented boxes, with both rules of the angle."""
    rng = np.random.default_rng(seed)
    compared = 0
    for case in range(cases):
        rule = str(rng.choice(list(ANGLES)))
        outputs = random_outputs(rng, CONTRACTS[case % 4], 1)
        asked = random_question(rng, outputs.classes)
        ours = decode_rotated(core, outputs, ANGLES[rule], asked.thresholds, asked.keep_classes)
        theirs = reference_turned(outputs, rule, asked)
        np.testing.assert_array_equal(ours.index, theirs.index)
        np.testing.assert_array_equal(ours.class_ids, theirs.class_ids)
        np.testing.assert_allclose(ours.scores, theirs.scores, rtol=1e-6, atol=1e-37)
        same_turned(ours.boxes, theirs.boxes, outputs)
        compared += len(theirs.index)
    return compared


def random_turned(rng: np.random.Generator) -> tuple[Float32, Float32, Int64]:
    """Return oriented boxes [n, 5] of many kinds, scores and classes."""
    n = int(rng.integers(0, 120))
    centre = rng.uniform(0, float(rng.choice([30, 200, 640])), (n, 2))
    sides = float(rng.choice([20, 100])) * rng.uniform(0.2, 1, (n, 2))
    angle = rng.uniform(-4, 4, (n, 1))
    kind = int(rng.integers(0, 6))
    if kind == 1:
        sides[:, 0] *= 12  # long ones
    elif kind == 2:
        centre, sides, angle = (
            np.round(centre / 20) * 20,
            np.round(sides / 20) * 20,
            np.round(angle),
        )  # equal ones
    elif kind == 3:
        sides[rng.random(sides.shape) < 0.2] = 0  # without area
    elif kind == 4:
        centre *= 100  # farther out than the classes are moved apart
    elif kind == 5:
        sides *= 1e-3
    boxes = np.concatenate([centre, sides, angle], axis=1).astype(np.float32)
    scores = rng.random(n).astype(np.float32)
    if rng.integers(0, 2):
        scores = (np.round(scores * 8) / 8).astype(np.float32)
    return boxes, scores, rng.integers(0, int(rng.choice([1, 3, 80])), n)


NEAR = 1e-3  # likenesses so near to the threshold may be decided either way: their float32 sums lose digits


def is_decided(boxes: Float32, class_ids: Int64, iou: float, agnostic: bool) -> bool:
    """Return whether no overlap is near the threshold."""
    moved = boxes.copy()
    if not agnostic:
        moved[:, :2] += np.float32(7680) * class_ids.astype(np.float32)[:, None]
    with np.errstate(all="ignore"):
        alike = probiou(moved, moved)
    np.fill_diagonal(alike, 0)
    return not (np.abs(alike - np.float32(iou)) < NEAR).any()


def check_rotated_nms(core: KotlinCore, seed: int, cases: int) -> int:
    """Compare kept boxes in order, if no rounding decides; return the number of suppressed boxes."""
    rng = np.random.default_rng(seed)
    suppressed, decided = 0, 0
    for _ in range(cases):
        boxes, scores, class_ids = random_turned(rng)
        iou = float(rng.choice([0.005, 0.1, 0.3, 0.7, 0.9, 0.998]))
        agnostic = bool(rng.integers(0, 2))
        limits = {
            "max_det": int(rng.choice([5, 300])),
            "max_candidates": int(rng.choice([50, 30_000, 30_000])),
        }
        ours = rotated_nms(core, boxes, scores, class_ids, iou, agnostic=agnostic, **limits)
        theirs = reference_nms(boxes, scores, class_ids, iou, agnostic=agnostic, **limits)
        suppressed += len(scores) - len(theirs)
        if is_decided(boxes, class_ids, iou, agnostic):
            np.testing.assert_array_equal(ours, theirs)
            decided += 1
    assert decided > cases / 3
    return suppressed


def check_obb(core: KotlinCore, seed: int, cases: int, source: Size | None = None) -> int:
    """Compare the whole task: oriented boxes in the picture, their corners, the upright boxes around them.

    source: the picture's size, else any.
    """
    rng = np.random.default_rng(seed)
    compared = 0
    for case in range(cases):
        rule = str(rng.choice(list(ANGLES)))
        outputs = random_outputs(rng, CONTRACTS[case % 4], 1, bad_values=False)
        asked = random_question(rng, outputs.classes, source=source)
        wanted = asked.thresholds
        found = reference_turned(outputs, rule, asked)
        if outputs.contract in {"raw", "decoded"}:
            if not is_decided(found.boxes, found.class_ids, wanted.iou, wanted.agnostic):
                continue
            options = (wanted.iou, wanted.max_det, wanted.agnostic)
            kept = reference_nms(found.boxes, found.scores, found.class_ids, *options)
        elif outputs.contract == "end2end":
            kept = most_confident(found, wanted.max_det)
        else:
            kept = np.arange(len(found.index))[: wanted.max_det]
        ours, rotated, corners = obb(core, outputs, ANGLES[rule], asked)
        theirs = turned.to_image(found.boxes[kept], asked.plan)
        gain = min(asked.plan.gain_x, asked.plan.gain_y)
        same_turned(rotated, theirs, outputs, gain)
        check_boxes(ours, found, kept, ours.boxes, outputs, asked)
        largest = np.abs(theirs).max(initial=1)
        np.testing.assert_allclose(corners, turned.corners(rotated), rtol=0, atol=1e-6 * largest)
        np.testing.assert_allclose(ours.boxes, turned.upright_boxes(rotated), rtol=0, atol=1e-6 * largest)
        compared += len(kept)
    return compared
