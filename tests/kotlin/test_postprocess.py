"""Decode, NMS and the mapping to the picture, with the comparisons of tests/cpp and against the C++ core."""

# mypy: disable-error-code="arg-type"

import numpy as np
import pytest

from edgegen.tasks.detect.decode import decode_raw
from tests.cpp import box_comparisons, one_to_one
from tests.cpp.native import Core
from tests.kotlin.comparisons import check_far_classes, check_order
from tests.kotlin.jvm import KotlinCore

pytestmark = pytest.mark.proof("kotlin")


@pytest.mark.parametrize("seed", range(4))
def test_raw_candidates_equal_the_reference(kotlin: KotlinCore, seed: int) -> None:
    """2000 random outputs at six confidences, with ties, infinities and NaN."""
    assert box_comparisons.check_decode_raw(kotlin, seed, 500) > 10_000


@pytest.mark.parametrize("seed", range(4))
def test_decoded_candidates_equal_the_reference(kotlin: KotlinCore, seed: int) -> None:
    """2000 random outputs at six confidences: not one bit differs."""
    assert box_comparisons.check_decode_decoded(kotlin, seed, 500) > 10_000


@pytest.mark.parametrize("seed", range(2))
def test_candidates_of_several_classes_equal_the_reference(kotlin: KotlinCore, seed: int) -> None:
    """1000 random outputs at six confidences: not one bit differs."""
    assert box_comparisons.check_decode_multilabel(kotlin, seed, 500) > 10_000


@pytest.mark.parametrize("seed", range(4))
def test_top_k_cells_and_classes_equal_the_reference(kotlin: KotlinCore, seed: int) -> None:
    """2000 random one-to-one outputs: equal cells and classes in equal order, ties included."""
    assert one_to_one.check_top_k(kotlin, seed, 500) > 10_000


@pytest.mark.parametrize("seed", range(4))
def test_detections_equal_the_reference(kotlin: KotlinCore, seed: int) -> None:
    """2000 random outputs: not one bit differs."""
    assert one_to_one.check_detections(kotlin, seed, 500) > 10_000


def test_best_scores_come_first(kotlin: KotlinCore) -> None:
    """1000 lists of few and of many scores, with ties and NaN, empty lists, and lists in their own order."""
    one_to_one.check_first(kotlin, 1, 1000)
    scores = np.array([0.1, 0.9, 0.5], dtype=np.float32)
    assert kotlin.first(scores, 2, in_order=True).tolist() == [0, 1]
    assert kotlin.first(scores, 5, in_order=True).tolist() == [0, 1, 2]


def test_raw_candidates_equal_those_of_the_cpp_core(kotlin: KotlinCore, cpp: Core) -> None:
    """Boxes and scores agree as far as the two implementations of exp do."""
    rng = np.random.default_rng(11)
    compared = 0
    for case in range(300):
        outputs, strides, reg_max = box_comparisons.random_raw(rng)
        confidence = box_comparisons.CONFIDENCES[case % 6]
        ours, theirs = (core.decode_raw(outputs, strides, confidence) for core in (kotlin, cpp))
        box_comparisons.check_candidates(
            ours, theirs, confidence, box_tolerance=1e-6 * reg_max * max(strides)
        )
        compared += len(np.intersect1d(ours.index, theirs.index))
    assert compared > 5_000


def test_output_of_full_size_equals_the_reference(kotlin: KotlinCore, cpp: Core) -> None:
    """8400 candidates of 80 classes, as of a YOLO at 640, decoded and reduced by NMS."""
    outputs = box_comparisons.whole_model_output()
    for confidence, at_least in ((0.25, 100), (0.001, 8000)):
        ours = kotlin.decode_raw(outputs, (8, 16, 32), confidence)
        theirs = decode_raw(outputs, (8, 16, 32), 16, confidence)
        box_comparisons.check_candidates(ours, theirs, confidence, box_tolerance=1e-6 * 16 * 32)
        assert len(ours) > at_least
        candidates = (theirs.boxes, theirs.scores, theirs.class_ids)
        np.testing.assert_array_equal(kotlin.nms(*candidates, 0.7), cpp.nms(*candidates, 0.7))


@pytest.mark.parametrize("confidence", [1 - 2.0**-24, 1 - 2.0**-23, 1 - 2.0**-20, 0.99999, 1e-30])
def test_confidence_applies_to_the_score_and_not_to_the_logit(kotlin: KotlinCore, confidence: float) -> None:
    """Near 1 many logits have the same float32 score, and the quick test on logits drops none that passes."""
    logits = np.linspace(-80, 25, 20_001, dtype=np.float32)
    outputs = [np.zeros((1, 16, 1, len(logits)), dtype=np.float32), logits.reshape(1, 1, 1, -1)]
    everything = kotlin.decode_raw(outputs, (8,), 0.0)
    passing = everything.index[everything.scores > np.float32(confidence)]
    np.testing.assert_array_equal(kotlin.decode_raw(outputs, (8,), confidence).index, passing)
    assert len(passing) > 0


@pytest.mark.parametrize("seed", range(4))
def test_kept_boxes_equal_the_reference(kotlin: KotlinCore, seed: int) -> None:
    """2000 sets of boxes: crowded, tied, huge, tiny, inverted, without area, NaN."""
    assert box_comparisons.check_nms(kotlin, seed, 500) > 5_000


def test_boxes_that_reach_into_the_next_class_offset_equal_the_reference(kotlin: KotlinCore) -> None:
    """500 sets of boxes that are half a class offset away, up to the highest class id."""
    check_far_classes(kotlin, 2, 500)


def test_pairs_near_the_iou_threshold_are_kept_as_in_the_reference(kotlin: KotlinCore) -> None:
    """Only the rounding of float32 decides."""
    box_comparisons.check_nms_near_threshold(kotlin, 1, 300)


def test_order_of_scores_equals_the_reference(kotlin: KotlinCore) -> None:
    """500 lists, short and long ones."""
    check_order(kotlin, 2, 500)


def test_iou_equals_the_reference_in_the_last_bit(kotlin: KotlinCore) -> None:
    """3000 pairs: at their own IoU as the threshold both stay, at the next float32 below they do not."""
    box_comparisons.check_nms_last_bit(kotlin, 3, 3000)


@pytest.mark.parametrize(
    ("max_det", "max_candidates", "kept"), [(3, 100, 3), (100, 5, 5), (0, 5, 0), (5, 0, 0)]
)
def test_nms_respects_max_det_and_max_candidates(
    kotlin: KotlinCore, max_det: int, max_candidates: int, kept: int
) -> None:
    n = 20
    left = np.arange(0, 10 * n, 10, dtype=np.float32)
    boxes = np.stack([left, 0 * left, left + 2, 0 * left + 2], axis=1)
    scores, classes = np.linspace(0.1, 0.9, n, dtype=np.float32), np.zeros(n, dtype=np.int64)
    ours = kotlin.nms(boxes, scores, classes, 0.5, max_det=max_det, max_candidates=max_candidates)
    assert ours.tolist() == [n - 1 - i for i in range(kept)]


def test_boxes_in_picture_pixels_equal_the_reference(kotlin: KotlinCore) -> None:
    """8000 boxes over 400 sizes, also far outside of the picture: not one bit differs."""
    box_comparisons.check_to_image(kotlin, 1, 400)
