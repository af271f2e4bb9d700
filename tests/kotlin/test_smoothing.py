"""The Kotlin smoothing gives every box and keypoint the place that the reference gives it."""

# mypy: disable-error-code="arg-type"

from collections.abc import Callable

import pytest

from tests.kotlin.jvm import KotlinCore
from tests.kotlin.smoothing import check_smooth, check_smooth_turned

pytestmark = pytest.mark.full


@pytest.mark.parametrize("check", [check_smooth, check_smooth_turned])
def test_places_are_the_references(kotlin: KotlinCore, check: Callable[[KotlinCore], None]) -> None:
    """To a thousandth of a pixel, over things that stand, move, hide, and tremble."""
    check(kotlin)
