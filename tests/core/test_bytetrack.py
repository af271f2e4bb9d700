"""The C++ tracker gives every thing the number that the reference gives it."""

from collections.abc import Callable

import numpy as np
import pytest

from edgegen.reference.bytetrack import ByteTrack
from moving_boxes import Frame, equal, moving, turning

from .native_tasks import Tasks


def compare(tasks: Tasks, frames: list[Frame]) -> int:
    """Hold every frame against the reference; return the highest number."""
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


def check_moving(tasks: Tasks) -> None:
    """Things that cross, hide and come again, in crowds too."""
    for seed in range(24):
        assert compare(tasks, list(moving(seed, things=6 + seed))) > 6


def check_turning(tasks: Tasks) -> None:
    """Turned boxes, whose sides change places."""
    for seed in range(8):
        assert compare(tasks, list(turning(seed))) > 6


def check_equal(tasks: Tasks) -> None:
    """Boxes between which nothing but the order of the search decides."""
    for seed in range(200):
        assert compare(tasks, list(equal(seed))) >= 12


@pytest.mark.parametrize("check", [check_moving, check_turning, check_equal])
def test_numbers_are_the_references(tasks: Tasks, check: Callable[[Tasks], None]) -> None:
    """And so are the boxes, to a ten-thousandth of a pixel."""
    check(tasks)


def test_nothing_is_an_answer_too(tasks: Tasks) -> None:
    """Frames without boxes, boxes without an area, numbers that are none."""
    empty = (np.zeros((0, 4), np.float32), np.zeros(0, np.float32))
    flat = (np.float32([[5, 5, 5, 9], [9, 9, 4, 20], [1, 1, 30, 30]]), np.float32([0.9, 0.8, 0.7]))
    none = (np.float32([[np.nan, 1, 5, 9], [1, 1, 30, 30]]), np.float32([0.9, np.nan]))
    assert compare(tasks, [empty, flat, none, flat, *[empty] * 33, none, flat, flat]) == 3


def test_boxes_beyond_measure_are_no_trap(tasks: Tasks) -> None:
    """Turned boxes so long or so thin that their likeness is not-a-number: like any that are apart."""
    odd = np.float32([[320, 240, 1e20, 10, 0.3], [320, 240, 1e19, 1e-3, 1.3], [100, 100, 90, 1e-4, 0.7]])
    frame = (odd, np.float32([0.9, 0.8, 0.7]))
    assert compare(tasks, [frame] * 4) >= 3


def test_a_long_time_is_no_trap(tasks: Tasks) -> None:
    """More tracks end than are remembered; one that is found again late ends as in the reference."""
    frames = [frame for seed in range(30) for frame in moving(seed, frames=120, things=12)]
    assert compare(tasks, frames) > 1200
