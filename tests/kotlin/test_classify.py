"""Classification, against its numpy reference."""

import pytest

from tests.kotlin import classify_comparisons
from tests.kotlin.jvm import KotlinCore

pytestmark = pytest.mark.full


@pytest.mark.parametrize("seed", range(4))
def test_crop_equals_that_of_pillow(kotlin: KotlinCore, seed: int) -> None:
    """1800 pictures of any size, format, rotation, mirrored or not: not one bit differs."""
    classify_comparisons.check_crop(kotlin, seed, 150)


def test_tensors_equal_the_reference(kotlin: KotlinCore) -> None:
    """300 pictures, any mean and deviation: not one bit differs."""
    classify_comparisons.check_crop_tensor(kotlin, 1, 300)


def test_classes_equal_the_reference(kotlin: KotlinCore) -> None:
    """2000 outputs, before and after the softmax, with ties, infinities and NaN."""
    assert classify_comparisons.check_classify(kotlin, 1, 2000) > 40_000
