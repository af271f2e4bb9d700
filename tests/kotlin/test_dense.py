"""Semantic maps and depth, against their numpy references."""

import pytest

from tests.kotlin import dense_comparisons
from tests.kotlin.jvm import KotlinCore

pytestmark = pytest.mark.full


def test_class_maps_equal_the_reference(kotlin: KotlinCore) -> None:
    """400 outputs of 1 to 19 classes, with ties and NaN: not one pixel differs."""
    assert dense_comparisons.check_semantic(kotlin, 1, 400) > 500_000


def test_depth_maps_equal_the_reference(kotlin: KotlinCore) -> None:
    """400 outputs: not one bit differs."""
    assert dense_comparisons.check_depth(kotlin, 1, 400) > 500_000


def test_stretched_pictures_equal_the_reference(kotlin: KotlinCore) -> None:
    """100 pictures of any size and rotation: not one bit of the input differs."""
    dense_comparisons.check_stretch(kotlin, 1, 100)
