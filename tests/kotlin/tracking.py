"""Comparisons of the Kotlin tracker with the reference."""

# mypy: disable-error-code="arg-type"

from tests.cpp.tracking import compare
from tests.helpers.moving_boxes import equal, moving, turning
from tests.kotlin.jvm import KotlinCore


def check_moving(kotlin: KotlinCore) -> None:
    """Objects that cross, hide and reappear, also in crowds."""
    for seed in range(0, 24, 3):
        assert compare(kotlin, list(moving(seed, things=6 + seed))) > 6


def check_turning(kotlin: KotlinCore) -> None:
    """Oriented boxes whose sides are exchanged."""
    for seed in range(3):
        assert compare(kotlin, list(turning(seed))) > 6


def check_equal(kotlin: KotlinCore) -> None:
    """Boxes for which only the order of the search decides."""
    for seed in range(60):
        assert compare(kotlin, list(equal(seed))) >= 12
