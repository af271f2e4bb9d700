"""The runtime ExecuTorch: lowering, int8, and running a `.pte` in Python by the executorch package."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from edgegen.base.arrays import Float32
from edgegen.base.errors import InputError, ToolchainError, first_line
from edgegen.base.quiet import captured_stderr, quiet
from edgegen.runtimes.backend import Backend
from edgegen.runtimes.executorch import bindings
from edgegen.runtimes.executorch.int8_io import Int8Io
from edgegen.runtimes.executorch.lower import lower
from edgegen.runtimes.executorch.quantize import Int8Quantizer
from edgegen.runtimes.runtime import Runtime

_EXPORT_AGAIN = "export the model again: edgegen export --model CHECKPOINT --output DIR"


class PteProgram:
    """The loaded method `forward` of a `.pte`."""

    def __init__(self, pte: Path) -> None:
        self._pte = pte
        self._method = _load(pte)
        self._int8_io = Int8Io(pte)

    def __call__(self, tensor: Float32) -> list[Float32]:
        """Run on the input tensor [1, 3, H, W]; return outputs in the shapes that the `.pte` declares.

        Int8 inputs and outputs are converted from and to float32.
        """
        import torch

        data = torch.from_numpy(self._int8_io.enter(tensor))
        with captured_stderr() as log:
            try:
                outputs: Sequence[Any] = self._method.execute([data])
            except RuntimeError as error:
                raise InputError(
                    f"{self._pte} failed to run: {_reason(error, log())}", _EXPORT_AGAIN
                ) from error
        return [np.asarray(output) for output in self._int8_io.leave(outputs)]


def runs(backend: Backend) -> bool:
    """Return whether this machine has the backend: the executorch package has Core ML on a Mac only."""
    with quiet(), captured_stderr():
        registry = _runtime().backend_registry
        return set(backend.delegates) <= set(registry.registered_backend_names)


class ExecuTorch:
    """Implements `runtimes.runtime.Runtime`."""

    name = "executorch"
    lower = staticmethod(lower)
    quantizer = Int8Quantizer
    load = PteProgram
    runs = staticmethod(runs)


RUNTIME: Final[Runtime] = ExecuTorch()


def _load(pte: Path) -> Any:
    with quiet(), captured_stderr() as log:
        runtime = _runtime()
        try:
            method = runtime.load_program(pte).load_method("forward")
        except RuntimeError as error:
            raise InputError(
                f"the ExecuTorch runtime cannot load {pte}: {_reason(error, log())}",
                "export it again: it is damaged, or needs a backend or operator that this runtime lacks",
            ) from error
    if method is None:
        raise InputError(f"{pte} has no method `forward`", _EXPORT_AGAIN)
    return method


def _runtime() -> Any:
    try:
        return bindings.runtime().Runtime.get()
    except ImportError as error:
        raise ToolchainError(
            f"the executorch package cannot be imported: {error}", "pip install --force-reinstall executorch"
        ) from error


def _reason(error: Exception, log: str) -> str:
    """Return the last line of the runtime's log: its exceptions contain an error number only."""
    lines = [line for line in log.splitlines() if line.strip() and "cpuinfo" not in line]
    if not lines:
        return first_line(error)
    return re.sub(r"^\[[\w.]+:\d+\] ", "", lines[-1].strip())  # without source file and line number
