"""The runtime ExecuTorch with XNNPACK."""

from pathlib import Path
from typing import Any, Final

from edgegen.base.progress import Progress
from edgegen.model.precision import FLOAT32, INT8
from edgegen.runtimes.runtime import Forward, Quantizer, Shapes


class ExecuTorch:
    """Implements `runtimes.runtime.Runtime`."""

    name = "executorch"
    backends = ("XnnpackBackend",)
    precisions = (FLOAT32.name, INT8.name)

    def lower(self, module: Any, input_hw: tuple[int, int], progress: Progress) -> tuple[bytes, Shapes]:
        """Lower to XNNPACK, as one subgraph if its operators allow it."""
        from edgegen.runtimes.executorch import lower

        return lower.lower(module, input_hw, progress)

    def quantizer(self, module: Any, input_hw: tuple[int, int], progress: Progress) -> Quantizer:
        """Return the int8 quantizer of a module, which it traces."""
        from edgegen.runtimes.executorch.quantize import Int8Quantizer

        return Int8Quantizer(module, input_hw, progress)

    def load(self, program: Path) -> Forward:
        """Load a `.pte` into the Python runtime."""
        from edgegen.runtimes.executorch.program import PteProgram

        return PteProgram(program)


RUNTIME: Final = ExecuTorch()
