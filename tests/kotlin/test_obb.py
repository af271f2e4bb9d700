"""Oriented boxes, against their numpy reference."""

import pytest

from tests.kotlin import obb_comparisons
from tests.kotlin.jvm import KotlinCore

pytestmark = pytest.mark.full


@pytest.mark.parametrize("seed", range(4))
def test_oriented_candidates_equal_the_reference(kotlin: KotlinCore, seed: int) -> None:
    """2000 random outputs of every contract, with both rules of the angle."""
    assert obb_comparisons.check_decode_rotated(kotlin, seed, 500) > 15_000


@pytest.mark.parametrize("seed", range(4))
def test_kept_oriented_boxes_equal_the_reference(kotlin: KotlinCore, seed: int) -> None:
    """2000 sets where no rounding decides: crowded, long, equal, without area, far out."""
    assert obb_comparisons.check_rotated_nms(kotlin, seed, 500) > 15_000


@pytest.mark.parametrize("seed", range(4))
def test_oriented_boxes_in_picture_pixels_equal_the_reference(kotlin: KotlinCore, seed: int) -> None:
    """2000 random outputs: boxes, corners and the upright boxes around them."""
    assert obb_comparisons.check_obb(kotlin, seed, 500) > 5_000
