"""The backend Vulkan."""

from typing import Any, Final

from edgegen.model.precision import FLOAT16, FLOAT32
from edgegen.runtimes.backend import Backend


class Vulkan(Backend):
    """Runs a whole model on the graphics processor."""

    delegates = ("VulkanBackend",)
    needs = "a phone with Vulkan"

    def __init__(self, name: str, title: str, precision: str) -> None:
        self.name, self.title, self.precisions = name, title, (precision,)

    def partitioner(self) -> Any:
        """Return ExecuTorch's partitioner."""
        from executorch.backends.vulkan.partitioner.vulkan_partitioner import VulkanPartitioner

        return VulkanPartitioner({"force_fp16": self.precisions == (FLOAT16,)})


IN_FLOAT16: Final[Backend] = Vulkan("vulkan", "Vulkan", FLOAT16)
IN_FLOAT32: Final[Backend] = Vulkan("vulkan-float32", "Vulkan (float32)", FLOAT32)
