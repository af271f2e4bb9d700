"""The Kotlin smoothing gives the boxes and keypoints of the reference."""

# mypy: disable-error-code="arg-type"

from collections.abc import Callable

import pytest

from tests.kotlin.jvm import KotlinCore
from tests.kotlin.smoothing import check_smooth, check_smooth_turned

pytestmark = pytest.mark.full


@pytest.mark.parametrize("check", [check_smooth, check_smooth_turned])
def test_smoothed_boxes_and_keypoints_equal_the_reference(
    kotlin: KotlinCore, check: Callable[[KotlinCore], None]
) -> None:
    """To a thousandth of a pixel, for objects that rest, move, hide and tremble."""
    check(kotlin)
