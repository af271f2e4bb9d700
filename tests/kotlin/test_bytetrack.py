"""The Kotlin tracker gives the track IDs of the reference."""

# mypy: disable-error-code="arg-type"

from collections.abc import Callable

import pytest

from tests.cpp.tracking import check_boxes_beyond_measure, check_frames_without_boxes
from tests.kotlin.jvm import KotlinCore
from tests.kotlin.tracking import check_equal, check_moving, check_turning

pytestmark = pytest.mark.full


@pytest.mark.parametrize("check", [check_moving, check_turning, check_equal])
def test_track_ids_and_boxes_equal_the_reference(
    kotlin: KotlinCore, check: Callable[[KotlinCore], None]
) -> None:
    """The boxes are equal to a ten-thousandth of a pixel."""
    check(kotlin)


def test_tracker_accepts_empty_frames_and_unusual_boxes(kotlin: KotlinCore) -> None:
    """Frames without boxes, and boxes without area, with huge coordinates or with NaN, as in C++."""
    check_frames_without_boxes(kotlin)
    check_boxes_beyond_measure(kotlin)
