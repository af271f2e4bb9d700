"""The runtime ExecuTorch."""

from pathlib import Path
from typing import Any, Final

from edgegen.base.progress import Progress
from edgegen.runtimes.backend import Backend
from edgegen.runtimes.runtime import Forward, Quantizer, Shapes


class ExecuTorch:
    """Implements `runtimes.runtime.Runtime`."""

    name = "executorch"

    def lower(
        self, module: Any, input_hw: tuple[int, int], backend: Backend, progress: Progress
    ) -> tuple[bytes, Shapes]:
        """Trace the module and lower it to the backend."""
        from edgegen.runtimes.executorch import lower

        return lower.lower(module, input_hw, backend, progress)

    def quantizer(
        self, module: Any, input_hw: tuple[int, int], backend: Backend, progress: Progress
    ) -> Quantizer:
        """Return the int8 quantizer of a module, which it traces."""
        from edgegen.runtimes.executorch.quantize import Int8Quantizer

        return Int8Quantizer(module, input_hw, backend, progress)

    def load(self, program: Path) -> Forward:
        """Load a `.pte` into the Python runtime."""
        from edgegen.runtimes.executorch.program import PteProgram

        return PteProgram(program)


RUNTIME: Final = ExecuTorch()
