"""Int8 at the borders of the Kotlin core: no app shows anything else for it."""

# mypy: disable-error-code="arg-type"

import pytest

from tests.cpp import int8
from tests.kotlin import int8_comparisons
from tests.kotlin.jvm import KotlinCore

pytestmark = pytest.mark.full


def test_the_input_is_rounded_as_the_reference_does(kotlin: KotlinCore) -> None:
    """By letterbox, stretching and centre crop, half to even and cut off at the ends."""
    int8.check_tensor(kotlin, 3, 60)
    int8_comparisons.check_inputs(kotlin, 5, 60)


def test_outputs_are_decoded_as_what_they_stand_for(kotlin: KotlinCore) -> None:
    """The same candidates, to the last bit, at thresholds that are steps too."""
    assert int8.check_decode(kotlin, 4, 400) > 2000


@pytest.mark.parametrize("task", ["pose", "obb", "segment"])
def test_what_is_beside_a_box_is_what_it_stands_for(kotlin: KotlinCore, task: str) -> None:
    """Keypoints, angles and masks: the same results in every byte."""
    cases = {"pose": 40, "obb": 100, "segment": 80}[task]
    assert getattr(int8_comparisons, f"check_{task}")(kotlin, 6, cases) > 500
