"""The Kotlin tracker gives every thing the number that the reference gives it."""

# mypy: disable-error-code="arg-type"

from collections.abc import Callable

import pytest

from tests.cpp.tracking import check_boxes_beyond_measure, check_frames_without_boxes
from tests.kotlin.jvm import KotlinCore
from tests.kotlin.tracking import check_equal, check_moving, check_turning

pytestmark = pytest.mark.full


@pytest.mark.parametrize("check", [check_moving, check_turning, check_equal])
def test_numbers_are_the_references(kotlin: KotlinCore, check: Callable[[KotlinCore], None]) -> None:
    """And so are the boxes, to a ten-thousandth of a pixel."""
    check(kotlin)


def test_what_is_odd_is_no_trap(kotlin: KotlinCore) -> None:
    """Frames without boxes, boxes without an area or beyond measure, numbers that are none: as in C++."""
    check_frames_without_boxes(kotlin)
    check_boxes_beyond_measure(kotlin)
