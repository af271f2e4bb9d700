"""The backend Vulkan."""

from typing import Any, Final

from edgegen.model.precision import FLOAT16
from edgegen.runtimes.backend import Backend


class Vulkan(Backend):
    """Runs a whole model in float16 on the graphics processor."""

    name = "vulkan"
    title = "Vulkan"
    delegates = ("VulkanBackend",)
    precisions = (FLOAT16.name,)
    needs = "a phone with Vulkan"
    runs_here = False

    def partitioner(self) -> Any:
        """Return ExecuTorch's partitioner."""
        from executorch.backends.vulkan.partitioner.vulkan_partitioner import VulkanPartitioner

        return VulkanPartitioner({"force_fp16": True})


BACKEND: Final[Backend] = Vulkan()
