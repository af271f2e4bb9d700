"""Int8 inputs and outputs of the Kotlin core."""

# mypy: disable-error-code="arg-type"

import pytest

from tests.cpp import int8
from tests.kotlin import int8_comparisons
from tests.kotlin.jvm import KotlinCore

pytestmark = pytest.mark.full


def test_int8_input_is_quantized_as_in_the_reference(kotlin: KotlinCore) -> None:
    """For letterbox, stretching and centre crop, rounded half to even and clamped."""
    int8.check_tensor(kotlin, 3, 60)
    int8_comparisons.check_inputs(kotlin, 5, 60)


def test_int8_outputs_decode_as_their_dequantized_values(kotlin: KotlinCore) -> None:
    """The candidates are equal to the last bit, also if the confidence is a quantization step."""
    assert int8.check_decode(kotlin, 4, 400) > 2000


@pytest.mark.parametrize("task", ["pose", "obb", "segment"])
def test_int8_task_outputs_decode_as_their_dequantized_values(kotlin: KotlinCore, task: str) -> None:
    """Keypoints, angles and masks are equal in every byte."""
    cases = {"pose": 40, "obb": 100, "segment": 80}[task]
    assert getattr(int8_comparisons, f"check_{task}")(kotlin, 6, cases) > 500
