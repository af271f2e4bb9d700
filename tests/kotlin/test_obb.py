"""Turned boxes, held against their numpy reference."""

import pytest

from tests.kotlin import obb_comparisons
from tests.kotlin.jvm import KotlinCore

pytestmark = pytest.mark.full


@pytest.mark.parametrize("seed", range(4))
def test_turned_candidates_are_the_references(kotlin: KotlinCore, seed: int) -> None:
    """2000 random outputs of every contract, by both rules of the angle."""
    assert obb_comparisons.check_decode_rotated(kotlin, seed, 500) > 15_000


@pytest.mark.parametrize("seed", range(4))
def test_kept_turned_boxes_are_the_references(kotlin: KotlinCore, seed: int) -> None:
    """2000 sets: crowded, long, equal, without area, far out; where no rounding decides."""
    assert obb_comparisons.check_rotated_nms(kotlin, seed, 500) > 15_000


@pytest.mark.parametrize("seed", range(4))
def test_turned_boxes_in_the_picture_are_the_references(kotlin: KotlinCore, seed: int) -> None:
    """2000 random outputs: boxes, corners and the upright boxes around them."""
    assert obb_comparisons.check_obb(kotlin, seed, 500) > 5_000
