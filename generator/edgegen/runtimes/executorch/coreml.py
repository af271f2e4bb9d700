"""The backend Core ML."""

from typing import Any, Final

from edgegen.base.errors import ToolchainError
from edgegen.base.quiet import quiet
from edgegen.model.precision import FLOAT16
from edgegen.runtimes.backend import Backend, Decompositions


class CoreMl(Backend):
    """Runs a whole model in float16 on the processors that Core ML may choose among."""

    delegates = ("CoreMLBackend",)
    precisions = (FLOAT16,)
    needs = "an Apple device"

    def __init__(self, name: str, title: str, compute_unit: str) -> None:
        """compute_unit: a member of coremltools.ComputeUnit."""
        self.name, self.title, self._compute_unit = name, title, compute_unit

    def versions(self) -> dict[str, str]:
        """Return the version of coremltools."""
        return {"coremltools": _coremltools().__version__}

    def partitioner(self) -> Any:
        """Return ExecuTorch's partitioner for iOS 17, the oldest system of the apps."""
        coremltools = _coremltools()
        from executorch.backends.apple.coreml.compiler import CoreMLBackend
        from executorch.backends.apple.coreml.partition import CoreMLPartitioner

        specs = CoreMLBackend.generate_compile_specs(
            compute_precision=coremltools.precision.FLOAT16,
            minimum_deployment_target=coremltools.target.iOS17,
            compute_unit=coremltools.ComputeUnit[self._compute_unit],
        )
        return CoreMLPartitioner(compile_specs=specs)

    def decompositions(self) -> Decompositions:
        """Return the replacement of linear layers with a vector as weight."""
        import torch

        from edgegen.runtimes.executorch.xnnpack.decompositions import linear_of_vector

        return {torch.ops.aten.linear.default: linear_of_vector}


def _coremltools() -> Any:
    try:
        with quiet():  # it warns about the versions of other packages
            import coremltools
    except ImportError as error:
        raise ToolchainError(
            f"Core ML needs the package coremltools: {error}", "pip install coremltools"
        ) from error
    return coremltools


NEURAL_ENGINE: Final[Backend] = CoreMl("coreml", "Core ML", "CPU_AND_NE")
GPU: Final[Backend] = CoreMl("coreml-gpu", "Core ML (GPU)", "CPU_AND_GPU")
ALL: Final[Backend] = CoreMl("coreml-all", "Core ML (all processors)", "ALL")
