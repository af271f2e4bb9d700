"""ExecuTorch on XNNPACK, as the rest of the generator sees it."""

from pathlib import Path
from typing import Any, Final

from edgegen.base.progress import Progress
from edgegen.model.precision import FLOAT32, INT8
from edgegen.runtimes.runtime import Forward, Quantizer, Shapes


class ExecuTorch:
    """Programs for every target; `runtimes.runtime.Runtime` says what each part answers."""

    name = "executorch"
    backends = ("XnnpackBackend",)
    precisions = (FLOAT32.name, INT8.name)

    def lower(self, module: Any, input_hw: tuple[int, int], progress: Progress) -> tuple[bytes, Shapes]:
        """Lower to XNNPACK, as one subgraph where its operators allow."""
        from edgegen.runtimes.executorch import lower

        return lower.lower(module, input_hw, progress)

    def quantizer(self, module: Any, input_hw: tuple[int, int], progress: Progress) -> Quantizer:
        """Trace a module, for int8."""
        from edgegen.runtimes.executorch.quantize import Int8

        return Int8(module, input_hw, progress)

    def load(self, program: Path) -> Forward:
        """Load a `.pte` into the runtime of the Python package."""
        from edgegen.runtimes.executorch.program import PteProgram

        return PteProgram(program)


RUNTIME: Final = ExecuTorch()
