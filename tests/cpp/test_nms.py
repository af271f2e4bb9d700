"""NMS against the numpy reference and torchvision, and boxes mapped back to the picture."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from edgegen.reference import nms, plan_letterbox
from tests.cpp.box_comparisons import (
    Boxes,
    check_nms,
    check_nms_last_bit,
    check_nms_near_threshold,
    check_to_image,
    near_threshold_pairs,
    random_boxes,
)
from tests.cpp.native import Core

pytestmark = pytest.mark.proof("core")

GRID = st.integers(0, 6).map(float)
ANY = st.floats(width=32, allow_nan=True, allow_infinity=True)


def torchvision_nms(boxes: Boxes, iou: float, agnostic: bool = False, max_det: int = 300) -> np.ndarray:
    """Run NMS as Ultralytics does: torchvision's nms on boxes with an offset for each class."""
    import torch
    from torchvision import ops

    corners, scores, class_ids = (torch.from_numpy(array) for array in boxes)
    moved = corners + class_ids[:, None].float() * (0 if agnostic else 7680)
    return ops.nms(moved, scores, iou)[:max_det].numpy()


@pytest.mark.parametrize("seed", range(4))
def test_kept_boxes_equal_the_reference(core: Core, seed: int) -> None:
    """2000 sets of boxes: crowded, tied, huge, tiny, inverted, without area, NaN."""
    assert check_nms(core, seed, 500) > 5_000


def test_kept_boxes_equal_those_of_torchvision(core: Core) -> None:
    """1000 sets of similar boxes."""
    rng = np.random.default_rng(21)
    for _ in range(1000):
        boxes = random_boxes(rng)
        iou = float(rng.choice([0.0, 0.3, 0.5, 0.7, 1.0]))
        agnostic = bool(rng.integers(0, 2))
        theirs = torchvision_nms(boxes, iou, agnostic)
        np.testing.assert_array_equal(core.nms(*boxes, iou, agnostic=agnostic), theirs)


def test_pairs_near_the_iou_threshold_are_kept_as_in_the_references(core: Core) -> None:
    """Only the rounding of float32 decides, and it must agree with numpy and with torchvision."""
    check_nms_near_threshold(core, 1, 300)
    rng = np.random.default_rng(2)
    for _ in range(300):
        boxes = near_threshold_pairs(rng, 0.7, 60)
        np.testing.assert_array_equal(core.nms(*boxes, 0.7), torchvision_nms(boxes, 0.7))


def test_iou_equals_the_reference_in_the_last_bit(core: Core) -> None:
    """3000 pairs: at their own IoU as the threshold both stay, at the next float32 below they do not."""
    check_nms_last_bit(core, 3, 3000)


@settings(max_examples=500, deadline=None)
@given(
    hnp.arrays(np.float32, st.tuples(st.integers(0, 40), st.just(4)), elements=GRID),
    st.sampled_from([0.0, 0.25, 1 / 3, 0.5, 1.0]),
    st.booleans(),
    st.data(),
)
def test_boxes_on_a_grid_are_kept_as_in_the_reference(
    core: Core, boxes: np.ndarray, iou: float, agnostic: bool, data: st.DataObject
) -> None:
    """Corners on a 7 x 7 grid: IoUs equal to the threshold, equal boxes, no area, inverted, tied scores."""
    n = len(boxes)
    scores = data.draw(hnp.arrays(np.float32, n, elements=st.sampled_from([0.25, 0.5, 0.75])))
    class_ids = data.draw(hnp.arrays(np.int64, n, elements=st.integers(0, 1)))
    with np.errstate(all="ignore"):
        theirs = nms(boxes, scores, class_ids, iou, agnostic=agnostic)
    np.testing.assert_array_equal(core.nms(boxes, scores, class_ids, iou, agnostic=agnostic), theirs)


@settings(max_examples=300, deadline=None)
@given(
    hnp.arrays(np.float32, st.tuples(st.integers(0, 12), st.just(4)), elements=st.one_of(ANY, GRID)),
    st.sampled_from([0.0, 0.5, 0.7, 1.0]),
)
def test_boxes_of_any_float32_values_are_kept_as_in_the_reference(
    core: Core, boxes: np.ndarray, iou: float
) -> None:
    scores = np.linspace(1, 0.1, len(boxes), dtype=np.float32)
    class_ids = np.zeros(len(boxes), dtype=np.int64)
    with np.errstate(all="ignore"):
        theirs = nms(boxes, scores, class_ids, iou)
    np.testing.assert_array_equal(core.nms(boxes, scores, class_ids, iou), theirs)


def squares(*lefts: float) -> np.ndarray:
    """Return squares of side 2 in one row, with these left sides."""
    return np.array([[left, 0, left + 2, 2] for left in lefts], dtype=np.float32)


def test_an_iou_equal_to_the_threshold_suppresses_nothing(core: Core) -> None:
    """The boxes [0, 2] and [1, 3] have an IoU of one third, and only a higher IoU suppresses."""
    boxes, scores = squares(0, 1), np.array([0.9, 0.8], dtype=np.float32)
    third = float(np.float32(2) / np.float32(6))
    classes = np.zeros(2, dtype=np.int64)
    assert core.nms(boxes, scores, classes, third).tolist() == [0, 1]
    assert core.nms(boxes, scores, classes, third - 1e-9).tolist() == [0]


def test_classes_do_not_suppress_each_other_unless_agnostic(core: Core) -> None:
    """The same box twice, as two classes."""
    boxes, scores = squares(0, 0), np.array([0.9, 0.8], dtype=np.float32)
    classes = np.array([0, 1])
    assert core.nms(boxes, scores, classes, 0.5).tolist() == [0, 1]
    assert core.nms(boxes, scores, classes, 0.5, agnostic=True).tolist() == [0]


def test_a_suppressed_box_suppresses_nothing(core: Core) -> None:
    """Of three boxes in a row, the last one stays, because the middle one that overlaps it is suppressed."""
    scores = np.array([0.9, 0.8, 0.7], dtype=np.float32)
    assert core.nms(squares(0, 0.8, 1.6), scores, np.zeros(3, dtype=np.int64), 0.4).tolist() == [0, 2]


def test_equal_scores_keep_their_order(core: Core) -> None:
    """The sort is stable, and -0 equals 0."""
    n = 1000
    boxes = squares(*range(0, 10 * n, 10))
    scores = np.where(np.arange(n) % 2 == 0, 0.0, -0.0).astype(np.float32)
    assert core.nms(boxes, scores, np.zeros(n, dtype=np.int64), 0.5, max_det=n).tolist() == list(range(n))


def test_nan_scores_come_last(core: Core) -> None:
    """As in the reference. The sort neither crashes nor loops."""
    scores = np.array([np.nan, 0.5, -np.inf, np.inf, np.nan, 0.7, -1], dtype=np.float32)
    boxes, classes = squares(*range(0, 70, 10)), np.zeros(7, dtype=np.int64)
    ours = core.nms(boxes, scores, classes, 0.5)
    assert ours.tolist() == [3, 5, 1, 6, 2, 0, 4]
    np.testing.assert_array_equal(ours, nms(boxes, scores, classes, 0.5))


@pytest.mark.parametrize(
    ("max_det", "max_candidates", "kept"), [(3, 100, 3), (100, 5, 5), (0, 5, 0), (5, 0, 0)]
)
def test_nms_respects_max_det_and_max_candidates(
    core: Core, max_det: int, max_candidates: int, kept: int
) -> None:
    n = 20
    scores = np.linspace(0.1, 0.9, n, dtype=np.float32)
    ours = core.nms(
        squares(*range(0, 10 * n, 10)),
        scores,
        np.zeros(n, dtype=np.int64),
        0.5,
        max_det=max_det,
        max_candidates=max_candidates,
    )
    assert ours.tolist() == [n - 1 - i for i in range(kept)]


def test_nms_without_boxes_keeps_none(core: Core) -> None:
    nothing = np.zeros((0, 4), dtype=np.float32)
    assert len(core.nms(nothing, np.zeros(0, dtype=np.float32), np.zeros(0, dtype=np.int64), 0.5)) == 0


def test_ten_thousand_classes_do_not_suppress_each_other(core: Core) -> None:
    """The offset of the highest class is 76.8 million pixels, where float32 has steps of 8."""
    rng = np.random.default_rng(4)
    corner = rng.uniform(0, 400, (200, 2))
    boxes = np.concatenate([corner, corner + rng.uniform(20, 200, (200, 2))], axis=1).astype(np.float32)
    scores, class_ids = rng.random(200).astype(np.float32), rng.integers(9990, 10_000, 200)
    np.testing.assert_array_equal(core.nms(boxes, scores, class_ids, 0.5), nms(boxes, scores, class_ids, 0.5))
    assert (core.nms(boxes, scores, class_ids, 0.5) == torchvision_nms((boxes, scores, class_ids), 0.5)).all()


def test_boxes_in_picture_pixels_equal_the_reference(core: Core) -> None:
    """8000 boxes over 400 sizes, also far outside of the picture: not one bit differs."""
    check_to_image(core, 1, 400)


def test_boxes_are_clipped_to_the_picture(core: Core) -> None:
    """A 100 x 50 picture in 200 x 200: gain 2, border 50 above."""
    plan = plan_letterbox((50, 100), (200, 200))
    boxes = np.array([[-5, 40, 220, 190], [20, 60, 40, 70]], dtype=np.float32)
    np.testing.assert_array_equal(core.to_image(boxes, plan), [[0, 0, 100, 50], [10, 5, 20, 10]])
