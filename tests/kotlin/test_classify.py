"""Classification, held against its numpy reference."""

import pytest

from tests.kotlin import classify_comparisons
from tests.kotlin.jvm import KotlinCore

pytestmark = pytest.mark.full


@pytest.mark.parametrize("seed", range(4))
def test_pictures_are_resized_as_pillow_does(kotlin: KotlinCore, seed: int) -> None:
    """1800 pictures of any size, format, rotation, mirrored or not: not one bit differs."""
    classify_comparisons.check_crop(kotlin, seed, 150)


def test_tensors_are_the_references(kotlin: KotlinCore) -> None:
    """300 pictures, any mean and deviation: not one bit differs."""
    classify_comparisons.check_crop_tensor(kotlin, 1, 300)


def test_classes_are_the_references(kotlin: KotlinCore) -> None:
    """2000 outputs, before and after the softmax, with ties, infinities and no numbers."""
    assert classify_comparisons.check_classify(kotlin, 1, 2000) > 40_000
