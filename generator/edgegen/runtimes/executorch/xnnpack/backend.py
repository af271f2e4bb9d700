"""The backend XNNPACK."""

from typing import Any, Final

from edgegen.model.precision import FLOAT32, INT8
from edgegen.runtimes.backend import Backend
from edgegen.runtimes.executorch.xnnpack import annotation, rewrites, upsampling_head


class Xnnpack(Backend):
    """Runs a model as one subgraph, if its operators allow it."""

    name = "xnnpack"
    title = "XNNPACK"
    delegates = ("XnnpackBackend",)
    precisions = (FLOAT32.name, INT8.name)

    def partitioner(self) -> Any:
        """Return ExecuTorch's partitioner, extended by int8 sigmoids.

        ExecuTorch accepts only float32 sigmoids; XNNPACK has int8 ones too, as a table of 256 values.
        """
        from executorch.backends.xnnpack.partition.config import ALL_PARTITIONER_CONFIGS
        from executorch.backends.xnnpack.partition.config.generic_node_configs import SigmoidConfig
        from executorch.backends.xnnpack.partition.config.xnnpack_config import ConfigPrecisionType
        from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner

        class Sigmoid(SigmoidConfig):  # type: ignore[misc]
            """A sigmoid in float32 or in int8."""

            def supported_precision_types(self) -> list[Any]:
                return [ConfigPrecisionType.FP32, ConfigPrecisionType.STATIC_QUANT]

        return XnnpackPartitioner(
            [Sigmoid if each is SigmoidConfig else each for each in ALL_PARTITIONER_CONFIGS]
        )

    def rewrite(self, module: Any, *, int8: bool) -> Any:
        """Replace upsampling by matrix products, and in float32 the head of depth models."""
        rewritten = module if int8 else upsampling_head.rewrite_upsampling_heads(module)
        return rewrites.with_products_for_upsampling(rewritten)

    decompositions = staticmethod(rewrites.decompositions)
    decompositions_before_int8 = staticmethod(rewrites.decompositions_before_int8)
    decompositions_before_lowering = staticmethod(rewrites.decompositions_before_lowering)
    annotator = staticmethod(annotation.annotator)


BACKEND: Final[Backend] = Xnnpack()
