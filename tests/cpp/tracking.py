"""Comparison of a tracker with the reference, for C++ and Kotlin."""

import numpy as np
import pytest

from tests.cpp.native_tasks import Tasks
from tests.helpers.bytetrack import ByteTrack
from tests.helpers.moving_boxes import Frame


def compare(tasks: Tasks, frames: list[Frame]) -> int:
    """Compare every frame with the reference; return the highest track ID."""
    tracker, highest = ByteTrack(), 0
    for at, (frame, ours) in enumerate(zip(frames, tasks.track(frames), strict=True)):
        right = tracker.update(*frame)
        assert [each.number for each in ours] == [each.number for each in right], at
        assert [each.index for each in ours] == [each.index for each in right], at
        for one, other in zip(ours, right, strict=True):
            inside = other.box if len(other.box) == 5 else np.clip(other.box, 0, [640, 480] * 2)
            assert one.box == pytest.approx(inside, abs=1e-4), at
        highest = max([highest, *(each.number for each in ours)])
    return highest


def check_frames_without_boxes(tasks: Tasks) -> None:
    """Compare frames without boxes, boxes without area, and NaN."""
    empty = (np.zeros((0, 4), np.float32), np.zeros(0, np.float32))
    flat = (np.float32([[5, 5, 5, 9], [9, 9, 4, 20], [1, 1, 30, 30]]), np.float32([0.9, 0.8, 0.7]))
    none = (np.float32([[np.nan, 1, 5, 9], [1, 1, 30, 30]]), np.float32([0.9, np.nan]))
    assert compare(tasks, [empty, flat, none, flat, *[empty] * 33, none, flat, flat]) == 3


def check_boxes_beyond_measure(tasks: Tasks) -> None:
    """Compare oriented boxes so long or thin that their overlap is NaN, which counts as no overlap."""
    odd = np.float32([[320, 240, 1e20, 10, 0.3], [320, 240, 1e19, 1e-3, 1.3], [100, 100, 90, 1e-4, 0.7]])
    frame = (odd, np.float32([0.9, 0.8, 0.7]))
    assert compare(tasks, [frame] * 4) >= 3
