"""Random cases for heads without NMS, and the comparison with the reference, as in box_comparisons.py."""

import numpy as np

from edgegen.tasks.detect.decode import Candidates, decode_detections, most_confident, top_k
from tests.cpp.box_comparisons import CONFIDENCES, STRIDES, Float32, random_keep, saturated, sprinkle
from tests.cpp.native import Core


def random_end2end(rng: np.random.Generator) -> tuple[list[Float32], tuple[int, ...], int]:
    """Return outputs, strides and reg_max: many ties, fewer and more cells than are selected.

    Class logits lie on a grid: two are equal, or their scores differ by more than two exponentials do.
    """
    strides = STRIDES[: int(rng.integers(1, 4))]
    reg_max = int(rng.choice([1, 16]))
    num_classes = int(rng.choice([1, 2, 5, 80]))
    step = float(rng.choice([1, 0.5, 1 / 64]))
    centre = float(rng.choice([-5, -2, 0]))
    special = int(rng.integers(0, 5))
    outputs = []
    for _ in strides:
        height, width = (int(side) for side in rng.integers(1, int(rng.choice([8, 32])), 2))
        box = rng.normal(0, 3, (1, 4 * reg_max, height, width)).astype(np.float32)
        logits = np.clip(rng.normal(centre, 2, (1, num_classes, height, width)), -8, 8)
        cls = (np.round(logits / step) * step).astype(np.float32)
        if special == 1:
            sprinkle(rng, box, (np.nan, np.inf, -np.inf, 3e38))
            sprinkle(rng, cls, (np.nan, np.inf, -np.inf, 3e38, -3e38, 100, -100))
        elif special == 2:
            cls[:] = rng.choice(np.array([np.nan, -np.inf, 0, 3e38], dtype=np.float32))
        elif special == 3:
            cls[:] = saturated(rng, cls.shape)
        outputs += [box, cls]
    return outputs, strides, reg_max


def check_top_k(core: Core, seed: int, cases: int) -> int:
    """Compare cells and classes in order; return their number."""
    rng = np.random.default_rng(seed)
    compared = 0
    for case in range(cases):
        outputs, strides, reg_max = random_end2end(rng)
        confidence = CONFIDENCES[case % len(CONFIDENCES)]
        keep = random_keep(rng, outputs[1].shape[1])
        options = {"max_det": int(rng.choice([1, 300, 301, 700])), "agnostic": bool(rng.integers(0, 2))}
        ours = core.decode_top_k(outputs, strides, confidence, keep, **options)
        theirs = top_k(outputs, strides, reg_max, confidence, keep, **options)
        np.testing.assert_array_equal(ours.index, theirs.index)
        np.testing.assert_array_equal(ours.class_ids, theirs.class_ids)
        np.testing.assert_allclose(ours.scores, theirs.scores, rtol=1e-6, atol=1e-37)
        tolerance = 1e-6 * reg_max * max(strides)
        np.testing.assert_allclose(ours.boxes, theirs.boxes, rtol=2e-6, atol=tolerance)
        compared += len(theirs)
    return compared


def random_detections(rng: np.random.Generator) -> tuple[Float32, int]:
    """Return an output [1, n, 6] and the number of classes; some rows are not of a valid model."""
    classes, n = int(rng.choice([1, 2, 80])), int(rng.integers(0, 320))
    output = np.empty((1, n, 6), dtype=np.float32)
    output[..., :4] = rng.uniform(-10, 700, (1, n, 4))
    output[..., 4] = np.round(rng.random((1, n)) * 8) / 8
    output[..., 5] = rng.integers(0, classes, (1, n))
    if rng.integers(0, 2):
        sprinkle(rng, output, (np.nan, np.inf, -np.inf, -1, -0.25, 0.5, classes - 0.5, classes, 3e38))
    return output, classes


def check_detections(core: Core, seed: int, cases: int) -> int:
    """Compare the rows that pass, in order and bit by bit; return their number."""
    rng = np.random.default_rng(seed)
    compared = 0
    for case in range(cases):
        output, classes = random_detections(rng)
        confidence = CONFIDENCES[case % len(CONFIDENCES)]
        keep = random_keep(rng, classes)
        ours = core.decode_detections(output, classes, confidence, keep)
        theirs = decode_detections(output, classes, confidence, keep)
        for field in ("index", "class_ids", "scores", "boxes"):
            np.testing.assert_array_equal(getattr(ours, field), getattr(theirs, field), field)
        compared += len(theirs)
    return compared


def check_first(core: Core, seed: int, cases: int) -> None:
    """Check that the best scores come first, ties in order, and at most the requested number."""
    rng = np.random.default_rng(seed)
    for _ in range(cases):
        n = int(rng.integers(0, 600))
        scores = rng.random(n).astype(np.float32).round(int(rng.choice([1, 6])))
        sprinkle(rng, scores, (np.nan, np.inf, -np.inf, -0.0, 0))
        max_det = int(rng.integers(0, 700))
        nothing = np.zeros((n, 4), np.float32), np.zeros(n, np.int64)
        theirs = most_confident(Candidates(nothing[0], scores, nothing[1], nothing[1]), max_det)
        np.testing.assert_array_equal(core.first(scores, max_det), theirs)
