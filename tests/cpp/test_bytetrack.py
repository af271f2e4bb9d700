"""The C++ tracker gives every thing the number that the reference gives it."""

from collections.abc import Callable

import pytest

from tests.cpp.native_tasks import Tasks
from tests.cpp.tracking import check_boxes_beyond_measure, check_frames_without_boxes, compare
from tests.helpers.moving_boxes import equal, moving, turning

pytestmark = pytest.mark.full


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


def test_a_long_time_is_no_trap(tasks: Tasks) -> None:
    """More tracks end than are remembered; one that is found again late ends as in the reference."""
    frames = [frame for seed in range(30) for frame in moving(seed, frames=120, things=12)]
    assert compare(tasks, frames) > 1200


@pytest.mark.parametrize("check", [check_frames_without_boxes, check_boxes_beyond_measure])
def test_odd_boxes_give_the_references_numbers(tasks: Tasks, check: Callable[[Tasks], None]) -> None:
    check(tasks)
