"""Int8 inputs and outputs of the core."""

import numpy as np
import pytest

from edgegen.model.precision import Steps
from tests.cpp import int8
from tests.cpp.native import Core
from tests.cpp.native_tasks import Tasks


@pytest.mark.proof("core")
def test_int8_input_is_quantized_as_in_the_reference(core: Core) -> None:
    """Either with a table or, if the quantization is a byte minus 128, with a subtraction."""
    int8.check_tensor(core, 3, 60)


@pytest.mark.proof("core")
def test_int8_classifier_input_is_quantized_as_in_the_reference(tasks: Tasks) -> None:
    """Each channel has its own table."""
    int8.check_crop(tasks, 5, 200)


@pytest.mark.proof("core")
def test_int8_outputs_decode_as_their_dequantized_values(core: Core) -> None:
    """The candidates are equal to the last bit."""
    assert int8.check_decode(core, 4, 200) > 1000


@pytest.mark.proof("core")
@pytest.mark.parametrize("task", ["pose", "obb", "segment"])
def test_int8_task_outputs_decode_as_their_dequantized_values(tasks: Tasks, task: str) -> None:
    """Keypoints, angles and masks of 300 outputs are equal to the last bit."""
    assert int8.check_tasks(tasks, task, 1, 300) > 1000


@pytest.mark.proof("core")
def test_quantization_rounds_half_to_even_and_clamps() -> None:
    """ExecuTorch's own quantizer does the same."""
    steps = Steps(0.5, 3)
    given = np.array([0.25, 0.75, 1.25, -0.25, 100, -100, 0.1], np.float32)
    assert steps.numbers(given).tolist() == [3, 5, 5, 3, 127, -128, 3]
    assert steps.values(np.array([3, 5, -128], np.int8)).tolist() == [0, 1, -65.5]


@pytest.mark.proof("core")
def test_usual_input_quantization_keeps_all_256_bytes_apart() -> None:
    bytes_ = np.arange(256)
    values = (bytes_ / 255).astype(np.float32)
    assert (int8.USUAL.numbers(values) == bytes_ - 128).all()
