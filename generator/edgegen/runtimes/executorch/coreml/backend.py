"""The backend Core ML."""

from typing import Any, Final

from edgegen.base.errors import ToolchainError
from edgegen.model.precision import FLOAT16
from edgegen.runtimes.backend import Backend


class CoreMl(Backend):
    """Runs a whole model in float16 on the Neural Engine, or on the CPU where the Neural Engine cannot."""

    name = "coreml"
    title = "Core ML"
    delegates = ("CoreMLBackend",)
    precisions = (FLOAT16.name,)
    needs = "an Apple device"
    runs_here = False

    def partitioner(self) -> Any:
        """Return ExecuTorch's partitioner for iOS 17, the oldest system of the apps."""
        try:
            import coremltools
        except ImportError as error:
            raise ToolchainError(
                f"Core ML needs the package coremltools: {error}", "pip install coremltools"
            ) from error
        from executorch.backends.apple.coreml.compiler import CoreMLBackend
        from executorch.backends.apple.coreml.partition import CoreMLPartitioner

        specs = CoreMLBackend.generate_compile_specs(
            compute_precision=coremltools.precision.FLOAT16,
            minimum_deployment_target=coremltools.target.iOS17,
            compute_unit=coremltools.ComputeUnit.CPU_AND_NE,
        )
        return CoreMLPartitioner(compile_specs=specs)


BACKEND: Final[Backend] = CoreMl()
