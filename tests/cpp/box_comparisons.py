"""Random outputs and boxes, and the comparison of decoding and NMS with the reference.

Every check fails by AssertionError. The tests run them on the core, and on mutated cores.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from edgegen.reference import nms, plan_letterbox
from edgegen.reference.letterbox import plan_letterbox_top_left
from edgegen.tasks.detect.decode import (
    Candidates,
    decode_decoded,
    decode_multilabel,
    decode_raw,
    to_image,
)
from tests.cpp.native import Core

Float32 = npt.NDArray[np.float32]
Boxes = tuple[Float32, Float32, npt.NDArray[np.int64]]  # corners [n, 4], scores [n], class ids [n]

CONFIDENCES = (0.0, 0.001, 0.25, 0.5, 0.9, 1.0)
STRIDES = (8, 16, 32)


def whole_model_output() -> list[Float32]:
    """Return raw outputs of 8400 candidates of 80 classes, as a YOLO at 640 has them."""
    rng = np.random.default_rng(0)
    outputs = []
    for cells in (80, 40, 20):
        outputs += [
            rng.normal(0, 2, (1, 64, cells, cells)).astype(np.float32),
            rng.normal(-5, 1.3, (1, 80, cells, cells)).astype(np.float32),
        ]
    return outputs


def check_candidates(ours: Candidates, theirs: Candidates, confidence: float, box_tolerance: float) -> None:
    """Compare candidates and classes; a candidate of one side only must be at the threshold."""
    for one, other in ((ours, theirs), (theirs, ours)):
        alone = ~np.isin(one.index, other.index)
        np.testing.assert_allclose(one.scores[alone], np.float32(confidence), rtol=1e-6, atol=1e-37)
    assert (ours.scores > np.float32(confidence)).all()
    assert (np.diff(ours.index) > 0).all()
    _, here, there = np.intersect1d(ours.index, theirs.index, return_indices=True)
    np.testing.assert_array_equal(ours.class_ids[here], theirs.class_ids[there])
    np.testing.assert_allclose(ours.scores[here], theirs.scores[there], rtol=1e-6, atol=1e-37)
    np.testing.assert_allclose(ours.boxes[here], theirs.boxes[there], rtol=2e-6, atol=box_tolerance)


def random_raw(rng: np.random.Generator) -> tuple[list[Float32], tuple[int, ...], int]:
    """Return outputs, strides and reg_max: one to three levels, some with ties, infinities and NaN."""
    strides = STRIDES[: int(rng.integers(1, 4))]
    reg_max = int(rng.choice([1, 2, 3, 4, 16, 17]))
    num_classes = int(rng.choice([1, 2, 5, 80]))
    outputs = []
    for _ in strides:
        height, width = (int(side) for side in rng.integers(1, 24, 2))
        box = rng.normal(0, 3, (1, 4 * reg_max, height, width)).astype(np.float32)
        cls = rng.normal(rng.choice([-7, -2, 0]), 2, (1, num_classes, height, width)).astype(np.float32)
        outputs += [box, cls]
    special = int(rng.integers(0, 6))
    for box, cls in zip(outputs[0::2], outputs[1::2], strict=True):
        if special == 1:  # ties, among them logits whose sigmoid is exactly a half
            np.round(cls, out=cls)
        elif special == 2:
            sprinkle(rng, box, (np.nan, np.inf, -np.inf, 3e38, -3e38, 1e30))
            sprinkle(rng, cls, (np.nan, np.inf, -np.inf, 3e38, -3e38, 100, -100, -87, -89))
        elif special == 3:
            cls[:] = rng.choice(np.array([np.nan, -np.inf, 3e38, -3e38], dtype=np.float32))
        elif special == 4:
            box *= np.float32(20)  # one bin takes it all
        elif special == 5:
            cls[:] = saturated(rng, cls.shape)
    return outputs, strides, reg_max


def saturated(rng: np.random.Generator, shape: tuple[int, ...]) -> Float32:
    """Return logits of which some share the score 1, or one just below it, whatever the exponential.

    The score is 1 from about 16.64 on.
    """
    logits = (np.round(rng.normal(14, 3, shape) * 2) / 2).astype(np.float32)
    logits[rng.random(shape) < 0.1] = 16.75
    return logits


def sprinkle(rng: np.random.Generator, array: Float32, values: Sequence[float]) -> None:
    """Put unusual values in some places."""
    chosen = rng.random(array.shape) < 0.02
    array[chosen] = rng.choice(np.array(values, dtype=np.float32), int(chosen.sum()))


def random_keep(rng: np.random.Generator, num_classes: int) -> list[int] | None:
    """Return a choice of classes (possibly none), or None for all."""
    if rng.integers(0, 2) == 0:
        return None
    return [int(c) for c in np.flatnonzero(rng.random(num_classes) < 0.5)]


def check_decode_raw(core: Core, seed: int, cases: int) -> int:
    """Compare candidates within the rounding of float32; return the number of candidates."""
    rng = np.random.default_rng(seed)
    compared = 0
    for case in range(cases):
        outputs, strides, reg_max = random_raw(rng)
        confidence = CONFIDENCES[case % len(CONFIDENCES)]
        keep = random_keep(rng, outputs[1].shape[1])
        ours = core.decode_raw(outputs, strides, confidence, keep)
        theirs = decode_raw(outputs, strides, reg_max, confidence, keep)
        check_candidates(ours, theirs, confidence, box_tolerance=1e-6 * reg_max * max(strides))
        compared += len(theirs)
    return compared


def random_decoded(rng: np.random.Generator) -> Float32:
    """Return an output [1, 4 + nc, n], some with ties, infinities and NaN."""
    num_classes, n = int(rng.choice([1, 2, 5, 80])), int(rng.integers(1, 700))
    output = np.empty((1, 4 + num_classes, n), dtype=np.float32)
    output[:, :4] = rng.uniform(-10, 700, (1, 4, n))
    output[:, 4:] = rng.random((1, num_classes, n)) ** rng.choice([1, 4, 20])
    special = int(rng.integers(0, 4))
    if special == 1:
        output[:, 4:] = np.round(output[:, 4:] * 4) / 4
    elif special == 2:
        sprinkle(rng, output, (np.nan, np.inf, -np.inf, 3e38, -3e38, 0, 1))
    elif special == 3:
        output[:, 4:] = rng.choice(np.array([np.nan, -np.inf, 0, 1], dtype=np.float32))
    return output


def check_decode_decoded(core: Core, seed: int, cases: int) -> int:
    """Compare candidates bit by bit; return the number of candidates."""
    found = _decoded_alike(core.decode_decoded, decode_decoded, seed, cases)
    return sum(map(len, found))


def check_decode_multilabel(core: Core, seed: int, cases: int) -> int:
    """Compare candidates bit by bit; return the number of boxes with several classes."""
    found = _decoded_alike(core.decode_multilabel, decode_multilabel, seed, cases)
    return sum(len(each) - len(np.unique(each.index)) for each in found)


def _decoded_alike(
    decode: Callable[..., Candidates], reference: Callable[..., Candidates], seed: int, cases: int
) -> Iterator[Candidates]:
    """Compare the candidates of two decoders bit by bit, and yield them."""
    rng = np.random.default_rng(seed)
    for case in range(cases):
        output = random_decoded(rng)
        confidence = CONFIDENCES[case % len(CONFIDENCES)]
        keep = random_keep(rng, output.shape[1] - 4)
        ours, theirs = (each(output, confidence, keep) for each in (decode, reference))
        for field in ("index", "class_ids", "scores", "boxes"):
            np.testing.assert_array_equal(getattr(ours, field), getattr(theirs, field), field)
        yield theirs


def random_boxes(rng: np.random.Generator, bad_values: bool = True) -> Boxes:
    """Return boxes of many kinds: crowded, on a grid, huge, without area, inverted, NaN."""
    n = int(rng.integers(0, 260))
    size = float(rng.choice([20, 100, 400]))
    centre = rng.uniform(0, rng.choice([60, 640]), (n, 2))
    half = size * rng.uniform(0.1, 0.6, (n, 2))
    boxes = np.concatenate([centre - half, centre + half], axis=1)
    kind = int(rng.integers(0, 6))
    if kind == 1:
        boxes = np.round(boxes / 10) * 10  # equal boxes, IoUs of exactly 1/2, 1/3, ..., no area
    elif kind == 2:
        boxes *= rng.choice([30.0, 1000.0])  # farther out than the classes are moved apart
    elif kind == 3:
        boxes = boxes[:, rng.permutation(4)]  # inverted
    elif kind == 4:
        boxes *= rng.choice([1e-20, 1e-6, 1e17, 1e19])
    boxes = boxes.astype(np.float32)
    if kind == 5 and bad_values:
        sprinkle(rng, boxes, (np.nan, np.inf, -np.inf, 3e38, -3e38))
    scores = rng.random(n).astype(np.float32)
    if rng.integers(0, 2) == 0:
        scores = (np.round(scores * 8) / 8).astype(np.float32)  # ties
        scores[rng.random(n) < 0.1] = -0.0
    return boxes, scores, rng.integers(0, rng.choice([1, 3, 80, 10_000]), n)


def random_nms_options(rng: np.random.Generator) -> dict[str, object]:
    """Return keyword arguments of nms."""
    return {
        "iou": float(rng.choice([0.0, 1 / 3, 0.45, 0.5, 0.7, 0.9, 1.0, float(rng.random())])),
        "max_det": int(rng.choice([1, 5, 300, 30_000])),
        "agnostic": bool(rng.integers(0, 2)),
        "max_candidates": int(rng.choice([1, 50, 30_000, 30_000])),
    }


def check_nms(core: Core, seed: int, cases: int) -> int:
    """Compare the kept boxes in order; return the number of suppressed boxes."""
    rng = np.random.default_rng(seed)
    suppressed = 0
    for _ in range(cases):
        boxes, scores, class_ids = random_boxes(rng)
        options = random_nms_options(rng)
        with np.errstate(all="ignore"):
            theirs = nms(boxes, scores, class_ids, **options)  # type: ignore[arg-type]
        ours = core.nms(boxes, scores, class_ids, **options)  # type: ignore[arg-type]
        np.testing.assert_array_equal(ours, theirs, str(options))
        suppressed += len(scores) - len(theirs)
    return suppressed


def near_threshold_pairs(rng: np.random.Generator, iou: float, pairs: int) -> Boxes:
    """Return pairs of boxes of a class whose IoU is near the threshold, with the offset of their class."""
    class_ids = rng.integers(0, 80, pairs).repeat(2)
    width, height = rng.uniform(5, 200, (2, pairs))
    x, y = rng.uniform(0, 400, (2, pairs))
    shift = width * (1 - iou) / (1 + iou) + rng.normal(0, 1e-3, pairs)
    first = np.stack([x, y, x + width, y + height], axis=1)
    second = np.stack([x + shift, y, x + shift + width, y + height], axis=1)
    boxes = np.stack([first, second], axis=1).reshape(-1, 4).astype(np.float32)
    return boxes, rng.random(2 * pairs).astype(np.float32), class_ids


def check_nms_near_threshold(core: Core, seed: int, cases: int) -> None:
    """Compare pairs for which the rounding of the corners with the class offset decides."""
    rng = np.random.default_rng(seed)
    for _ in range(cases):
        iou = float(rng.choice([0.3, 0.45, 0.7]))
        boxes, scores, class_ids = near_threshold_pairs(rng, iou, 60)
        kept = nms(boxes, scores, class_ids, iou)
        np.testing.assert_array_equal(core.nms(boxes, scores, class_ids, iou), kept)


def iou_of_pair(pair: Float32) -> np.float32:
    """Return the IoU of two boxes [2, 4] in float32, with the operations of the rule."""
    (x1, y1, x2, y2), (u1, v1, u2, v2) = pair
    width, height = min(x2, u2) - max(x1, u1), min(y2, v2) - max(y1, v1)
    common = max(np.float32(0), width) * max(np.float32(0), height)
    return np.float32(common / ((x2 - x1) * (y2 - y1) + (u2 - u1) * (v2 - v1) - common))


def check_nms_last_bit(core: Core, seed: int, cases: int) -> None:
    """Check that both boxes stay at a threshold of exactly their IoU, and one box at one unit below."""
    rng = np.random.default_rng(seed)
    scores = np.array([0.9, 0.8], dtype=np.float32)
    for _ in range(cases):
        class_ids = rng.integers(0, 80, 1).repeat(2)
        corner, size = rng.uniform(0, 300, (1, 2)), rng.uniform(20, 200, (1, 2))
        boxes = np.concatenate([corner, corner + size], axis=1) + rng.uniform(-9, 9, (2, 4))
        boxes = boxes.astype(np.float32)
        iou = iou_of_pair(boxes + np.float32(7680) * class_ids.astype(np.float32)[:, None])
        for threshold, kept in ((iou, 2), (np.nextafter(iou, np.float32(0)), 1)):
            assert len(nms(boxes, scores, class_ids, float(threshold))) == kept
            assert len(core.nms(boxes, scores, class_ids, float(threshold))) == kept


def check_to_image(core: Core, seed: int, cases: int) -> None:
    """Compare boxes in picture pixels bit by bit."""
    rng = np.random.default_rng(seed)
    for _ in range(cases):
        source, target = (tuple(int(side) for side in rng.integers(1, 2000, 2)) for _ in range(2))
        make_plan = plan_letterbox if rng.integers(0, 2) else plan_letterbox_top_left
        plan = make_plan(source, target)  # type: ignore[arg-type]
        boxes = rng.uniform(-300, 2300, (20, 4)).astype(np.float32)
        np.testing.assert_array_equal(core.to_image(boxes, plan), to_image(boxes, plan))
