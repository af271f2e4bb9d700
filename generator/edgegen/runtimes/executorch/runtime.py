"""The runtime ExecuTorch."""

from typing import Final

from edgegen.runtimes.executorch.lower import lower
from edgegen.runtimes.executorch.program import PteProgram, runs
from edgegen.runtimes.executorch.quantize import Int8Quantizer
from edgegen.runtimes.runtime import Runtime


class ExecuTorch:
    """Implements `runtimes.runtime.Runtime`."""

    name = "executorch"
    lower = staticmethod(lower)
    quantizer = Int8Quantizer
    load = PteProgram
    runs = staticmethod(runs)


RUNTIME: Final[Runtime] = ExecuTorch()
