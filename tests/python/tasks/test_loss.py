"""The detections and pixels that count as lost when a model is made smaller."""

import numpy as np
import pytest

from edgegen.tasks.classify.decode import Ranking
from edgegen.tasks.depth.decode import DepthMap
from edgegen.tasks.detect.result import Detections
from edgegen.tasks.obb.decode import OrientedBoxes
from edgegen.tasks.pose.decode import Poses
from edgegen.tasks.segment.decode import Segments
from edgegen.tasks.semantic.decode import ClassMap
from edgegen.tasks.stage import Loss

BOXES = [[0, 0, 100, 100], [200, 0, 300, 100], [0, 200, 100, 300]]


def detections(boxes: list[list[float]], class_ids: list[int]) -> Detections:
    scores = np.linspace(0.9, 0.5, len(boxes), dtype=np.float32)
    return Detections(np.array(boxes, np.float32).reshape(-1, 4), scores, np.array(class_ids))


RIGHT = detections(BOXES, [0, 1, 1])


@pytest.mark.parametrize(
    ("ours", "lost"),
    [
        (RIGHT, 0),
        (detections(BOXES[::-1], [1, 1, 0]), 0),  # in another order
        (detections([*BOXES, [400, 0, 500, 100]], [0, 1, 1, 0]), 0),  # an additional box is no loss
        (detections(BOXES[:2], [0, 1]), 1),
        (detections(BOXES, [0, 1, 0]), 1),  # of another class
        (detections([[0, 0, 100, 80], *BOXES[1:]], [0, 1, 1]), 0),  # IoU 0.8
        (detections([[0, 0, 100, 70], *BOXES[1:]], [0, 1, 1]), 1),  # IoU 0.7: elsewhere
        (detections([], []), 3),
    ],
)
def test_loss_counts_boxes_without_a_match_of_their_class(ours: Detections, lost: int) -> None:
    """A match has the same class and an IoU of at least 0.75."""
    assert RIGHT.lost_in(ours) == Loss(lost, 3)


def test_loss_matches_each_box_only_once() -> None:
    twice = detections([BOXES[0], [0, 0, 100, 99]], [0, 0])
    assert twice.lost_in(detections([BOXES[0]], [0])) == Loss(1, 2)


def test_loss_pairs_the_boxes_with_the_highest_iou_first() -> None:
    """Two overlapping boxes both match, though the more confident one also overlaps the other's target."""
    theirs = detections([[0, 0, 100, 100], [0, 0, 100, 114]], [0, 0])
    ours = detections([[0, 0, 100, 113], [0, 0, 100, 80]], [0, 0])
    assert theirs.lost_in(ours) == Loss(0, 2)


def test_loss_counts_a_pose_with_nan_keypoints() -> None:
    box = detections(BOXES[:1], [0])
    points = [np.full((1, 2, 3), value, np.float32) for value in (np.nan, 50)]
    ours, theirs = (Poses(box.boxes, box.scores, box.class_ids, each) for each in points)
    assert theirs.lost_in(ours) == Loss(1, 1)


def test_loss_is_zero_for_a_picture_without_detections() -> None:
    assert detections([], []).lost_in(RIGHT) == Loss(0, 0)
    assert Loss().percent == 0
    assert (Loss(1, 4) + Loss(0, 4)).percent == 12.5


def test_loss_counts_a_segment_whose_mask_differs() -> None:
    """Its box matches."""

    def segments(*rows: int) -> Segments:
        masks = np.zeros((len(rows), 10, 10), bool)
        for place, row in enumerate(rows):
            masks[place, :row] = True
        box = detections(BOXES[: len(rows)], [0, 1, 1][: len(rows)])
        return Segments(box.boxes, box.scores, box.class_ids, masks)

    assert segments(10, 5).lost_in(segments(8, 5)) == Loss(0, 2)
    assert segments(10, 5).lost_in(segments(7, 5)) == Loss(1, 2)


def test_loss_counts_a_pose_with_keypoints_off_by_a_tenth_of_the_box() -> None:
    """The mean distance counts, in relation to the box's side."""

    def poses(off: float) -> Poses:
        points = np.full((1, 4, 3), 50, np.float32)
        points[..., 0] += off
        box = detections(BOXES[:1], [0])
        return Poses(box.boxes, box.scores, box.class_ids, points)

    assert poses(0).lost_in(poses(9)) == Loss(0, 1)
    assert poses(0).lost_in(poses(11)) == Loss(1, 1)


def test_loss_counts_an_oriented_box_of_another_angle() -> None:
    """The upright boxes around both are the same."""

    def turned(angle: float) -> OrientedBoxes:
        box = detections(BOXES[:1], [0])
        return OrientedBoxes(
            box.boxes, box.scores, box.class_ids, np.array([[50, 50, 90, 10, angle]], np.float32)
        )

    assert turned(0.5).lost_in(turned(0.5)) == Loss(0, 1)
    assert turned(0.5).lost_in(turned(-0.5)) == Loss(1, 1)


def test_loss_counts_wrong_top_classes_pixels_and_depths() -> None:
    """A depth is wrong if it is off by more than a tenth."""
    first = Ranking(np.array([2, 0]), np.array([0.9, 0.1], np.float32))
    other = Ranking(np.array([0, 2]), np.array([0.6, 0.4], np.float32))
    assert first.lost_in(first) == Loss(0, 1)
    assert first.lost_in(other) == Loss(1, 1)
    one = ClassMap(np.array([[0, 1], [2, 2]], np.int32))
    assert one.lost_in(ClassMap(np.array([[0, 1], [2, 0]], np.int32))) == Loss(1, 4)
    far = DepthMap(np.array([[1, 2, 10, 4]], np.float32))
    assert far.lost_in(DepthMap(np.array([[1.09, 2, np.nan, 4.5]], np.float32))) == Loss(2, 4)
