"""What XNNPACK takes of a graph: all that ExecuTorch's partitioner gives it, and sigmoids in int8."""

from typing import Any


def partitioner() -> Any:
    """Return ExecuTorch's partitioner for XNNPACK.

    It takes sigmoids in float32 only; XNNPACK itself has them in int8 too, as a table of 256 values.
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
