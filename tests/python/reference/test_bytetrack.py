"""ByteTrack assigns the same track IDs as Ultralytics' tracker."""

from pathlib import Path
from types import SimpleNamespace

import cv2
import lap
import numpy as np
import pytest
from ultralytics import YOLO
from ultralytics.engine.results import OBB, Boxes
from ultralytics.trackers.byte_tracker import BYTETracker
from ultralytics.utils import YAML
from ultralytics.utils.checks import check_yaml

from tests.helpers import bytetrack, motion
from tests.helpers.assignment import assign
from tests.helpers.bytetrack import ByteTrack
from tests.helpers.moving_boxes import Frame, moving, turning


def theirs(frames: list[Frame]) -> list[np.ndarray]:
    """Return the rows of Ultralytics' tracker for each frame: box, track ID, score, class, index."""
    tracker = BYTETracker(SimpleNamespace(**YAML.load(check_yaml("bytetrack.yaml"))))
    found = []
    for boxes, scores in frames:
        beside = np.stack([scores, np.zeros(len(boxes), np.float32)], 1)
        rows, kind = np.concatenate([boxes, beside], 1), Boxes if boxes.shape[1] == 4 else OBB
        found.append(np.asarray(tracker.update(kind(rows, (480, 640)))).reshape(-1, boxes.shape[1] + 4))
    return found


def compare(frames: list[Frame]) -> int:
    """Compare every frame with Ultralytics; return the highest track ID."""
    tracker, highest = ByteTrack(), 0
    for number, ((boxes, scores), right) in enumerate(zip(frames, theirs(frames), strict=True)):
        shown = tracker.update(boxes, scores)
        assert [each.number for each in shown] == right[:, -4].astype(int).tolist(), number
        assert [each.index for each in shown] == right[:, -1].astype(int).tolist(), number
        ours = np.asarray([each.box for each in shown]).reshape(right[:, :-4].shape)
        assert ours == pytest.approx(right[:, :-4], abs=1e-3), number
        highest = max([highest, *(each.number for each in shown)])
    return highest


@pytest.mark.parametrize("seed", range(12))
def test_tracker_gives_the_track_ids_of_ultralytics(seed: int) -> None:
    """Objects cross, are hidden for up to 45 frames, and there are false detections."""
    assert compare(list(moving(seed))) > 9


@pytest.mark.parametrize("seed", range(4))
def test_tracker_keeps_the_track_ids_of_oriented_boxes(seed: int) -> None:
    """Matched by the probabilistic IoU; angles are taken modulo half a turn."""
    assert compare(list(turning(seed))) > 9


@pytest.mark.full
def test_tracker_equals_ultralytics_track_on_a_moving_crop_of_a_photo(shared_data: Path) -> None:
    """Our tracker gets the detections of Ultralytics' predict."""
    path = min((shared_data / "images" / "parity").glob("*.jpg"))
    bgr = cv2.imread(str(path))
    side = min(bgr.shape[:2]) * 3 // 4
    weights, alike = shared_data / "weights" / "yolo11n-coco128.pt", {"imgsz": 320, "verbose": False}
    plain, tracking, ours = YOLO(weights), YOLO(weights), ByteTrack()
    room, shown = np.asarray(bgr.shape[:2]) - side, 0
    for number in range(24):
        top, left = (room * (0.5 + 0.5 * np.sin([0.31 * number, 0.17 * number]))).astype(int)
        frame = np.ascontiguousarray(bgr[top : top + side, left : left + side])
        found = plain.predict(frame, conf=0.1, rect=False, **alike)[0].boxes
        right = tracking.track(frame, persist=True, tracker="bytetrack.yaml", rect=False, **alike)[0].boxes
        tracks = ours.update(found.xyxy.numpy(), found.conf.numpy())
        assert [each.number for each in tracks] == ([] if right.id is None else right.id.int().tolist()), (
            number
        )
        shown += len(tracks)
    assert shown > 24


def test_tracker_gives_the_track_ids_of_ultralytics_in_a_crowd() -> None:
    """40 objects overlap, so the assignment is one problem for all of them."""
    assert compare(list(moving(99, frames=40, things=40))) > 40


@pytest.mark.full
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SCORE_HIGH", 0.3),
        ("SCORE_LOW", 0.15),
        ("FIRST_LIMIT", 0.75),
        ("SECOND_LIMIT", 0.4),
        ("NEW_LIMIT", 0.5),
        ("PATIENCE", 29),
        ("DUPLICATE", 0.3),
        ("_PLACE", 1 / 19),
        ("_VELOCITY", 1 / 150),
        ("_ASPECT", 2e-2),
        ("_ASPECT_SEEN", 2e-1),
        ("_ASPECT_VELOCITY", 1e-3),
    ],
)
def test_comparison_fails_for_another_value_of_any_tracker_constant(
    name: str, value: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(motion if name.startswith("_") else bytetrack, name, value)
    with pytest.raises(AssertionError):
        for seed in range(40):
            compare(list(moving(seed, things=14)))


def test_tracker_handles_empty_frames_and_boxes_without_area() -> None:
    """And an object that appears in one frame only."""
    empty = (np.zeros((0, 4), np.float32), np.zeros(0, np.float32))
    flat = (np.float32([[5, 5, 5, 9], [9, 9, 4, 20], [1, 1, 30, 30]]), np.float32([0.9, 0.8, 0.7]))
    once = (np.float32([[100, 100, 150, 160]]), np.float32([0.9]))
    frames = [empty, flat, flat, once, flat, empty, *[empty] * 35, flat, flat]
    assert compare(frames) == 3
    assert ByteTrack().update(*empty) == []


def test_assignment_equals_that_of_lap() -> None:
    """Thousands of matrices of all shapes, with many equal costs and costs at the limit."""
    random = np.random.RandomState(3)
    for number in range(4000):
        rows, columns = random.randint(1, 9, 2)
        steps = random.choice([2, 4, 10, 1e6])  # few values: many ties
        costs = (random.randint(0, steps + 1, (rows, columns)) / steps).astype(np.float32)
        limit = float(random.choice([0.3, 0.5, 0.7, 0.8, 1.0]))
        _, partners, _ = lap.lapjv(costs, extend_cost=True, cost_limit=limit)
        right = [(row, column) for row, column in enumerate(partners.tolist()) if column >= 0]
        assert assign(costs, limit) == right, number
    assert assign(np.zeros((0, 3)), 1) == assign(np.zeros((3, 0)), 1) == []
    assert assign(np.full((2, 3), np.nan), 0.8) == []
