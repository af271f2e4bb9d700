"""Running a .pte in Python: results, and errors if it cannot run."""

from pathlib import Path

import numpy as np
import pytest

from edgegen.base.errors import InputError
from edgegen.runtimes.executorch.runtime import PteProgram

pytestmark = pytest.mark.full


@pytest.fixture(scope="module")
def adder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a program that adds 1 to a tensor [1, 3, 2, 2] on XNNPACK."""
    import torch
    from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
    from executorch.exir import to_edge_transform_and_lower

    class Adder(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x + 1

    exported = torch.export.export(Adder(), (torch.zeros(1, 3, 2, 2),))
    lowered = to_edge_transform_and_lower(exported, partitioner=[XnnpackPartitioner()]).to_executorch()
    path = tmp_path_factory.mktemp("program") / "adder.pte"
    path.write_bytes(lowered.buffer)
    return path


def test_program_returns_arrays_that_a_later_run_does_not_overwrite(adder: Path) -> None:
    program = PteProgram(adder)
    first = program(np.full((1, 3, 2, 2), 2, np.float32))
    second = program(np.full((1, 3, 2, 2), 5, np.float32))
    np.testing.assert_array_equal(first, np.full((1, 1, 3, 2, 2), 3, np.float32))
    np.testing.assert_array_equal(second, np.full((1, 1, 3, 2, 2), 6, np.float32))


def test_program_rejects_an_input_of_another_shape(adder: Path) -> None:
    """With the runtime's message."""
    with pytest.raises(InputError, match="failed to run"):
        PteProgram(adder)(np.zeros((1, 3, 4, 4), np.float32))


@pytest.mark.parametrize("keep", [0, 7, 100, 300])
def test_program_rejects_a_truncated_file(adder: Path, tmp_path: Path, keep: int) -> None:
    (tmp_path / "cut.pte").write_bytes(adder.read_bytes()[:keep])
    with pytest.raises(InputError, match=r"cannot load .*cut\.pte"):
        PteProgram(tmp_path / "cut.pte")


def test_program_names_a_missing_backend(adder: Path, tmp_path: Path) -> None:
    content = adder.read_bytes()
    assert content.count(b"XnnpackBackend") == 1
    (tmp_path / "other.pte").write_bytes(content.replace(b"XnnpackBackend", b"VulkantBackend"))
    with pytest.raises(InputError, match=r"other\.pte: Backend VulkantBackend is not registered"):
        PteProgram(tmp_path / "other.pte")


def test_program_prints_no_output_of_the_runtime(adder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The runtime logs about files of the machine."""
    PteProgram(adder)(np.zeros((1, 3, 2, 2), np.float32))
    assert capfd.readouterr() == ("", "")
