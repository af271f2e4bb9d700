"""The C++ smoothing gives the boxes and keypoints of the reference."""

from collections.abc import Callable

import pytest

from tests.cpp.native_tasks import Tasks
from tests.cpp.smoothing import compare
from tests.helpers.trembling import trembling

pytestmark = pytest.mark.full


def check_upright(tasks: Tasks) -> None:
    """With and without keypoints."""
    for seed in range(12):
        assert compare(tasks, trembling(seed, points=seed % 3)) > 1


def check_turned(tasks: Tasks) -> None:
    """Oriented boxes whose sides are exchanged."""
    for seed in range(8):
        assert compare(tasks, trembling(seed, turned=True)) > 1


@pytest.mark.parametrize("check", [check_upright, check_turned])
def test_smoothed_boxes_and_keypoints_equal_the_reference(
    tasks: Tasks, check: Callable[[Tasks], None]
) -> None:
    """To a thousandth of a pixel, for objects that rest, move, hide and tremble."""
    check(tasks)
