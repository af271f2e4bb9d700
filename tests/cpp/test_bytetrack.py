"""The C++ tracker gives the track IDs of the reference."""

from collections.abc import Callable

import pytest

from tests.cpp.native_tasks import Tasks
from tests.cpp.tracking import check_boxes_beyond_measure, check_frames_without_boxes, compare
from tests.helpers.moving_boxes import equal, moving, turning

pytestmark = pytest.mark.full


def check_moving(tasks: Tasks) -> None:
    """Objects that cross, hide and reappear, also in crowds."""
    for seed in range(24):
        assert compare(tasks, list(moving(seed, things=6 + seed))) > 6


def check_turning(tasks: Tasks) -> None:
    """Oriented boxes whose sides are exchanged."""
    for seed in range(8):
        assert compare(tasks, list(turning(seed))) > 6


def check_equal(tasks: Tasks) -> None:
    """Boxes for which only the order of the search decides."""
    for seed in range(200):
        assert compare(tasks, list(equal(seed))) >= 12


@pytest.mark.parametrize("check", [check_moving, check_turning, check_equal])
def test_track_ids_and_boxes_equal_the_reference(tasks: Tasks, check: Callable[[Tasks], None]) -> None:
    """The boxes are equal to a ten-thousandth of a pixel."""
    check(tasks)


def test_track_ids_equal_the_reference_in_a_long_video(tasks: Tasks) -> None:
    """More tracks end than the tracker remembers, and a track that is found late ends as in the reference."""
    frames = [frame for seed in range(30) for frame in moving(seed, frames=120, things=12)]
    assert compare(tasks, frames) > 1200


@pytest.mark.parametrize("check", [check_frames_without_boxes, check_boxes_beyond_measure])
def test_unusual_boxes_give_the_track_ids_of_the_reference(
    tasks: Tasks, check: Callable[[Tasks], None]
) -> None:
    check(tasks)
