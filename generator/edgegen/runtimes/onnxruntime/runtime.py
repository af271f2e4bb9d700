"""The runtime ONNX Runtime."""

from typing import Any, Final

from edgegen.base.errors import ExportError
from edgegen.base.progress import Progress
from edgegen.runtimes.backend import Backend
from edgegen.runtimes.onnxruntime.lower import lower
from edgegen.runtimes.onnxruntime.program import OnnxProgram, runs
from edgegen.runtimes.runtime import Quantizer, Runtime


class OnnxRuntime:
    """Implements `runtimes.runtime.Runtime`."""

    name = "onnxruntime"
    lower = staticmethod(lower)
    load = OnnxProgram
    runs = staticmethod(runs)

    def quantizer(
        self, module: Any, input_hw: tuple[int, int], backend: Backend, progress: Progress
    ) -> Quantizer:
        """Raise ExportError: models of this runtime are float32."""
        raise ExportError(f"{backend.title} has no int8 models", "leave out --precision int8")


RUNTIME: Final[Runtime] = OnnxRuntime()
