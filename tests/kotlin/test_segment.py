"""Masks, against their numpy reference."""

import pytest

from tests.kotlin import segment_comparisons
from tests.kotlin.jvm import KotlinCore

pytestmark = pytest.mark.full


@pytest.mark.parametrize("seed", range(4))
def test_masks_equal_the_reference(kotlin: KotlinCore, seed: int) -> None:
    """1200 random outputs of every contract: equal boxes have a mask, and not one pixel differs."""
    assert segment_comparisons.check_segment(kotlin, seed, 300) > 2_000


def test_order_of_sums_changes_only_mask_pixels_near_zero(kotlin: KotlinCore) -> None:
    """400 random outputs whose sums are rounded."""
    assert segment_comparisons.check_rounded_masks(kotlin, 1, 400) > 2_000
