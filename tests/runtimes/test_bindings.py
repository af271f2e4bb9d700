"""ExecuTorch's runtime comes without its compiler, and the compiler afterwards as if nothing had been."""

import subprocess
import sys
from pathlib import Path

from edgegen.runtimes.executorch import bindings

PROGRAM = """
import sys
from pathlib import Path

import numpy as np

from edgegen.runtimes.executorch.program import PteProgram

(outputs, *_) = PteProgram(Path(sys.argv[1]))(np.zeros((1, 3, 160, 160), np.float32))
assert outputs.size
came = [name for name in sys.modules if name.startswith(("executorch.exir", "torch._dynamo"))]
assert came == ["executorch.exir._warnings"], came

from executorch.exir import to_edge_transform_and_lower
from executorch.exir._warnings import ExperimentalWarning
import executorch.exir

assert executorch.exir.to_edge_transform_and_lower is to_edge_transform_and_lower
"""


def test_a_model_runs_without_the_compiler_which_can_be_had_later(tiny_export: Path) -> None:
    """Three seconds of every process that runs a model; `new` exports in the one that ran it."""
    command = [sys.executable, "-W", "error::ImportWarning", "-c", PROGRAM, tiny_export / "model.pte"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr


def test_a_compiler_that_is_here_stays() -> None:
    """What was imported before is what is there afterwards."""
    import executorch.exir

    assert bindings.runtime().Runtime
    assert bindings.portable_lib()._threadpool_get_thread_count() > 0
    assert sys.modules["executorch.exir"] is executorch.exir
