"""The Kotlin tracker gives every thing the number that the reference gives it."""

# mypy: disable-error-code="arg-type"

from collections.abc import Callable

import pytest

from core import test_bytetrack as cpp
from core.test_bytetrack import compare
from moving_boxes import equal, moving, turning

from .jvm import KotlinCore


def check_moving(kotlin: KotlinCore) -> None:
    """Things that cross, hide and come again, in crowds too."""
    for seed in range(0, 24, 3):
        assert compare(kotlin, list(moving(seed, things=6 + seed))) > 6


def check_turning(kotlin: KotlinCore) -> None:
    """Turned boxes, whose sides change places."""
    for seed in range(3):
        assert compare(kotlin, list(turning(seed))) > 6


def check_equal(kotlin: KotlinCore) -> None:
    """Boxes between which nothing but the order of the search decides."""
    for seed in range(60):
        assert compare(kotlin, list(equal(seed))) >= 12


@pytest.mark.parametrize("check", [check_moving, check_turning, check_equal])
def test_numbers_are_the_references(kotlin: KotlinCore, check: Callable[[KotlinCore], None]) -> None:
    """And so are the boxes, to a ten-thousandth of a pixel."""
    check(kotlin)


def test_what_is_odd_is_no_trap(kotlin: KotlinCore) -> None:
    """Frames without boxes, boxes without an area or beyond measure, numbers that are none: as in C++."""
    cpp.test_nothing_is_an_answer_too(kotlin)
    cpp.test_boxes_beyond_measure_are_no_trap(kotlin)
