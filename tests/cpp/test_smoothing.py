"""The C++ smoothing gives every box and keypoint the place that the reference gives it."""

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
    """With sides that change places."""
    for seed in range(8):
        assert compare(tasks, trembling(seed, turned=True)) > 1


@pytest.mark.parametrize("check", [check_upright, check_turned])
def test_places_are_the_references(tasks: Tasks, check: Callable[[Tasks], None]) -> None:
    """To a thousandth of a pixel, over things that stand, move, hide, and tremble."""
    check(tasks)
