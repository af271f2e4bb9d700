"""The runtime ONNX Runtime, which runs a model in Python too."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np

from edgegen.base.arrays import Float32
from edgegen.base.errors import ExportError, InputError, ToolchainError, first_line
from edgegen.base.progress import Progress
from edgegen.runtimes.backend import Backend
from edgegen.runtimes.onnxruntime.lower import lower
from edgegen.runtimes.runtime import Quantizer, Runtime


class OnnxProgram:
    """A loaded ONNX model."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._session = _load(path)
        self._input = self._session.get_inputs()[0].name

    def __call__(self, tensor: Float32) -> list[Float32]:
        """Run on the input tensor [1, 3, H, W], and return the outputs."""
        try:
            outputs = self._session.run(None, {self._input: tensor})
        except Exception as error:  # the classes of ONNX Runtime's errors have no public base
            raise InputError(f"{self._path} failed to run: {first_line(error)}", "export it again") from error
        return [np.asarray(output) for output in outputs]


class OnnxRuntime:
    """Implements `runtimes.runtime.Runtime`."""

    name = "onnxruntime"
    lower = staticmethod(lower)
    load = OnnxProgram

    def quantizer(
        self, module: Any, input_hw: tuple[int, int], backend: Backend, progress: Progress
    ) -> Quantizer:
        """Raise ExportError: models of this runtime are float32."""
        raise ExportError(f"{backend.title} has no int8 models", "leave out --precision int8")

    def runs(self, backend: Backend) -> bool:
        """Return whether ONNX Runtime is installed, and the backend is the CPU's."""
        return not backend.runs_program_of and find_spec("onnxruntime") is not None


def _load(path: Path) -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise ToolchainError(
            f"{path.name} needs the package onnxruntime: {error}", 'pip install "edgegen[web]"'
        ) from error
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # fatal only: errors are raised
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # as above
        raise InputError(
            f"ONNX Runtime cannot load {path}: {first_line(error)}", "export it again: it is damaged"
        ) from error


RUNTIME: Final[Runtime] = OnnxRuntime()
