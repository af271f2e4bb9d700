"""Int8 at the core's borders."""

import numpy as np
import pytest

from edgegen.model.steps import Steps
from tests.cpp import int8
from tests.cpp.native import Core
from tests.cpp.native_tasks import Tasks


@pytest.mark.proof("core")
def test_the_input_is_rounded_as_the_reference_does(core: Core) -> None:
    """By a table, and by a difference where a byte less 128 is what it says."""
    int8.check_tensor(core, 3, 60)


@pytest.mark.proof("core")
def test_a_classifiers_input_is_rounded_as_the_reference_does(tasks: Tasks) -> None:
    """Each channel by a table of its own."""
    int8.check_crop(tasks, 5, 200)


@pytest.mark.proof("core")
def test_outputs_are_decoded_as_what_they_stand_for(core: Core) -> None:
    """The same candidates, to the last bit."""
    assert int8.check_decode(core, 4, 200) > 1000


@pytest.mark.proof("core")
@pytest.mark.parametrize("task", ["pose", "obb", "segment"])
def test_what_belongs_to_a_box_is_read_as_what_it_stands_for(tasks: Tasks, task: str) -> None:
    """Keypoints, angles and masks of 300 outputs, to the last bit."""
    assert int8.check_tasks(tasks, task, 1, 300) > 1000


def test_half_goes_to_even_and_the_rest_is_cut_off() -> None:
    """As ExecuTorch's own quantizer does."""
    steps = Steps(0.5, 3)
    given = np.array([0.25, 0.75, 1.25, -0.25, 100, -100, 0.1], np.float32)
    assert steps.numbers(given).tolist() == [3, 5, 5, 3, 127, -128, 3]
    assert steps.values(np.array([3, 5, -128], np.int8)).tolist() == [0, 1, -65.5]


def test_a_usual_input_loses_nothing() -> None:
    """256 bytes, 256 numbers."""
    bytes_ = np.arange(256)
    values = (bytes_ / 255).astype(np.float32)
    assert (int8.USUAL.numbers(values) == bytes_ - 128).all()
