"""The comparison of two lists of boxes: what passes, and what fails."""

import numpy as np
import pytest

from edgegen.model.spec import OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.tasks.detect.result import Detections, compare_boxes, iou_matrix
from edgegen.tasks.stage import Comparison


def detections(*rows: tuple[float, float, float, float, float, int]) -> Detections:
    """Return detections from rows (x1, y1, x2, y2, score, class)."""
    table = np.array(rows, dtype=np.float64).reshape(-1, 6)
    return Detections(
        table[:, :4].astype(np.float32), table[:, 4].astype(np.float32), table[:, 5].astype(np.int64)
    )


CAT = (10.0, 10.0, 60.0, 90.0, 0.9, 0)
DOG = (100.0, 20.0, 180.0, 90.0, 0.6, 1)


def compare(ours: Detections, theirs: Detections, **thresholds: float) -> Comparison:
    return compare_boxes(ours, theirs, Thresholds(**thresholds))  # type: ignore[arg-type]


def test_equal_lists_pass_in_any_order() -> None:
    """|With NMS the order is not compared, because equal scores may swap."""
    result = compare(detections(CAT, DOG), detections(DOG, CAT))
    assert result.passed
    assert (result.first.compared, result.first.worst, result.problems) == (2, 0, ())


def test_two_empty_lists_pass() -> None:
    """|-"""
    assert compare(detections(), detections()).passed


@pytest.mark.parametrize(
    ("column", "change", "passes"),
    [(0, 0.4, True), (0, 0.6, False), (3, -0.6, False), (4, 0.004, True), (4, -0.006, False), (5, 1, False)],
)
def test_corner_score_and_class_have_tolerances(column: int, change: float, passes: bool) -> None:
    """|0.5 px for a corner, 0.005 for a score; another class is another detection."""
    moved = list(CAT)
    moved[column] += change
    assert compare(detections(tuple(moved), DOG), detections(CAT, DOG)).passed is passes


def test_detection_on_one_side_only_is_reported() -> None:
    assert "missing here: class 1, score 0.6" in compare(detections(CAT), detections(CAT, DOG)).problems[0]
    assert "only here: class 1, score 0.6" in compare(detections(CAT, DOG), detections(CAT)).problems[0]


def test_detection_near_the_confidence_threshold_may_be_missing() -> None:
    """Within 0.005 of the threshold, on both sides of it."""
    for score, passes in ((0.254, True), (0.256, False), (0.246, True), (0.01, False)):
        weak = (*DOG[:4], score, 1)
        assert compare(detections(CAT, weak), detections(CAT)).passed is passes


def test_detection_near_the_score_at_max_det_may_be_missing() -> None:
    """In a full list the cut is between almost equal scores."""
    near, far = (*DOG[:4], 0.898, 1), (300.0, 0.0, 350.0, 50.0, 0.896, 2)
    assert compare(detections(CAT, near), detections(CAT, far), max_det=2).passed
    assert not compare(detections(CAT, near), detections(CAT, far), max_det=3).passed


def test_detection_with_a_neighbour_near_the_iou_threshold_may_be_missing() -> None:
    """The IoU is within 0.01 of the threshold, and the class is the same."""
    width = 100.0
    for overlap, class_id, passes in ((0.695, 0, True), (0.65, 0, False), (0.695, 1, False)):
        shift = width * (1 - overlap) / (1 + overlap)
        first = (0.0, 0.0, width, 50.0, 0.9, 0)
        second = (shift, 0.0, width + shift, 50.0, 0.8, class_id)
        assert iou_matrix(detections(first).boxes, detections(second).boxes)[0, 0] == pytest.approx(overlap)
        assert compare(detections(first, second), detections(first)).passed is passes


def test_detection_suppressed_by_a_tolerated_one_may_be_missing() -> None:
    """The tolerated detection exists on one side only and overlaps it."""
    weak = (0.0, 0.0, 100.0, 50.0, 0.252, 0)
    freed = (10.0, 0.0, 110.0, 50.0, 0.5, 0)
    elsewhere = (500.0, 0.0, 600.0, 50.0, 0.5, 0)
    assert compare(detections(weak), detections(freed)).passed
    assert not compare(detections(weak), detections(elsewhere)).passed


def test_iou_of_boxes_without_area_is_zero() -> None:
    point = detections((5.0, 5.0, 5.0, 5.0, 0.9, 0))
    assert iou_matrix(point.boxes, point.boxes)[0, 0] == 0
    assert compare(point, point).passed


END2END = OutputSpec("end2end", ((1, 4, 20, 20), (1, 3, 20, 20)), 1, (8,))
DETECTIONS = OutputSpec("detections", ((1, 2, 6),), classes=3)


def compare_chosen(
    ours: Detections, theirs: Detections, output: OutputSpec = END2END, **thresholds: float
) -> Comparison:
    return compare_boxes(ours, theirs, Thresholds(**thresholds), output)  # type: ignore[arg-type]


def test_without_nms_a_neighbour_is_no_reason_for_a_missing_detection() -> None:
    width, overlap = 100.0, 0.695
    shift = width * (1 - overlap) / (1 + overlap)
    first = (0.0, 0.0, width, 50.0, 0.9, 0)
    second = (shift, 0.0, width + shift, 50.0, 0.8, 0)
    both, one = detections(first, second), detections(first)
    assert compare(both, one).passed
    assert compare_chosen(both, one).problems == (
        "only here: class 0, score 0.8000, box [18.0, 0.0, 118.0, 50.0]",
    )
    assert "missing here" in compare_chosen(one, both).problems[0]


def test_message_rounds_box_corners_to_one_decimal() -> None:
    """A 32-bit 445.1 would print as 445.1000061035156."""
    lone = detections((445.1234, 0.0, 500.06, 50.0, 0.9, 0))
    assert "box [445.1, 0.0, 500.1, 50.0]" in compare_chosen(lone, detections()).problems[0]


def test_without_nms_a_wrong_order_fails() -> None:
    """Only detections with scores within 0.005 of each other may swap."""
    for score, passes in ((0.896, True), (0.894, False)):
        dog = (*DOG[:4], score, 1)
        result = compare_chosen(detections(dog, CAT), detections(CAT, dog))
        assert result.passed is passes
        assert compare(detections(dog, CAT), detections(CAT, dog)).passed
    assert "out of order: class 0, score 0.9000" in result.problems[0]


def test_without_nms_detections_near_the_thresholds_may_be_missing() -> None:
    """The thresholds are the confidence and the score at max_det."""
    for score, passes in ((0.254, True), (0.256, False)):
        weak = (*DOG[:4], score, 1)
        assert compare_chosen(detections(CAT, weak), detections(CAT)).passed is passes
    near, far = (*DOG[:4], 0.898, 1), (300.0, 0.0, 350.0, 50.0, 0.896, 2)
    ours, theirs = detections(CAT, near), detections(CAT, far)
    assert compare_chosen(ours, theirs, max_det=2).passed
    assert not compare_chosen(ours, theirs, max_det=3).passed
    assert compare_chosen(ours, theirs, DETECTIONS, max_det=3).passed  # it has two rows: the list is full


def test_without_nms_boxes_and_scores_have_the_same_tolerances() -> None:
    """|-"""
    for column, change, passes in ((0, 0.4, True), (0, 0.6, False), (4, -0.004, True), (4, -0.006, False)):
        moved = list(CAT)
        moved[column] += change
        assert compare_chosen(detections(tuple(moved), DOG), detections(CAT, DOG)).passed is passes


def test_score_difference_is_reported_and_nan_fails() -> None:
    """The report's line has only the corners, so the problem must name the score."""
    right = detections((0, 0, 10, 10, 0.9, 0))
    off = compare(detections((0, 0, 10, 10, 0.8, 0)), right)
    assert not off.passed
    assert "a score differs by 0.1000" in off.problems[0]
    for column in (0, 4):
        row = [0.0, 0.0, 10.0, 10.0, 0.9, 0]
        row[column] = float("nan")
        assert not compare(detections(tuple(row)), right).passed  # type: ignore[arg-type]
