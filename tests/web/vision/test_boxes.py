"""Decoding and NMS, against the numpy reference: the comparisons that the C++ core passes."""

import numpy as np
import pytest

from tests.cpp import box_comparisons, one_to_one
from tests.kotlin.obb_comparisons import is_decided, random_turned
from tests.kotlin.obb_comparisons import reference_nms as reference_rotated_nms
from tests.web.vision.core import Core

pytestmark = pytest.mark.proof("javascript")


@pytest.mark.parametrize("seed", range(2))
def test_raw_candidates_equal_the_reference(js: Core, seed: int) -> None:
    assert box_comparisons.check_decode_raw(js, seed, 200) > 10_000  # type: ignore[arg-type]


def test_first_class_of_equal_scores_is_the_best(js: Core) -> None:
    """The logits differ by one bit, the scores do not."""
    logits = np.array([1, np.nextafter(np.float32(1), np.float32(2))], dtype=np.float32)
    outputs = [np.zeros((1, 64, 1, 1), dtype=np.float32), logits.reshape(1, 2, 1, 1)]
    assert js.decode_raw(outputs, (8,), 0.25).class_ids.tolist() == [0]


@pytest.mark.parametrize("seed", range(2))
def test_top_k_equals_the_reference(js: Core, seed: int) -> None:
    assert one_to_one.check_top_k(js, seed, 200) > 10_000  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(2))
def test_decoded_candidates_equal_the_reference(js: Core, seed: int) -> None:
    """Not one bit differs."""
    assert box_comparisons.check_decode_decoded(js, seed, 200) > 10_000  # type: ignore[arg-type]


def test_candidates_of_several_classes_equal_the_reference(js: Core) -> None:
    """Not one bit differs."""
    assert box_comparisons.check_decode_multilabel(js, 0, 200) > 5_000  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(2))
def test_detections_equal_the_reference(js: Core, seed: int) -> None:
    """Not one bit differs."""
    assert one_to_one.check_detections(js, seed, 200) > 8_000  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(2))
def test_nms_equals_the_reference(js: Core, seed: int) -> None:
    """Crowded, equal, empty, inverted and huge boxes, and NaN."""
    assert box_comparisons.check_nms(js, seed, 400) > 20_000  # type: ignore[arg-type]


def test_nms_decides_near_the_threshold_as_the_reference(js: Core) -> None:
    """The last bit of the IoU counts."""
    box_comparisons.check_nms_near_threshold(js, 1, 50)  # type: ignore[arg-type]
    box_comparisons.check_nms_last_bit(js, 1, 200)  # type: ignore[arg-type]


def test_boxes_in_the_picture_equal_the_reference(js: Core) -> None:
    """Not one bit differs."""
    box_comparisons.check_to_image(js, 1, 50)  # type: ignore[arg-type]


def check_rotated_nms(core: Core, seed: int, cases: int) -> int:
    """Compare kept oriented boxes in order, if no rounding decides; return the number of suppressed boxes."""
    rng = np.random.default_rng(seed)
    suppressed, decided = 0, 0
    for _ in range(cases):
        boxes, scores, class_ids = random_turned(rng)
        iou, agnostic = float(rng.choice([0.005, 0.1, 0.3, 0.7, 0.9, 0.998])), bool(rng.integers(0, 2))
        limits = {"max_det": int(rng.choice([5, 300])), "max_candidates": int(rng.choice([50, 30_000]))}
        if not is_decided(boxes, class_ids, iou, agnostic):
            continue
        ours = core.rotated_nms(boxes, scores, class_ids, iou, agnostic=agnostic, **limits)
        theirs = reference_rotated_nms(boxes, scores, class_ids, iou, agnostic=agnostic, **limits)
        np.testing.assert_array_equal(ours, theirs)
        suppressed += len(scores) - len(theirs)
        decided += 1
    assert decided > cases / 3
    return suppressed


@pytest.mark.parametrize("seed", range(2))
def test_rotated_nms_equals_the_reference(js: Core, seed: int) -> None:
    """Long, equal, tiny and far boxes."""
    assert check_rotated_nms(js, seed, 300) > 3_000
