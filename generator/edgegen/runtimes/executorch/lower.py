"""Lower a module to an ExecuTorch program on XNNPACK."""

from collections.abc import Mapping
from typing import Any

from edgegen.base.progress import Progress
from edgegen.base.quiet import quiet
from edgegen.runtimes.executorch import delegation, upsampling_head
from edgegen.runtimes.executorch.fast_lowering import fast_lowering
from edgegen.runtimes.runtime import Shapes


def lower(module: Any, input_hw: tuple[int, int], progress: Progress) -> tuple[bytes, Shapes]:
    """Return the program of a module that takes [1, 3, H, W], and the shapes of its outputs.

    Errors of torch and ExecuTorch are not wrapped.
    """
    import torch

    with quiet(), fast_lowering(), torch.no_grad():
        exported, shapes = trace(upsampling_head.rewrite_upsampling_heads(module), input_hw, progress)
        progress.step("Lower to XNNPACK")
        return lower_graph(exported), shapes


def trace(module: Any, input_hw: tuple[int, int], progress: Progress) -> tuple[Any, Shapes]:
    """Return the module's graph, rewritten for XNNPACK, and the shapes of its outputs."""
    import torch

    model = delegation.with_products_for_upsampling(module)
    example = torch.zeros(1, 3, *input_hw)
    progress.step("Trace with torch.export")
    outputs = model(example)  # also fixes the upsampling and a decoded head's anchor points for this size
    exported = torch.export.export(model, (example,)).run_decompositions(delegation.decompositions())
    given = outputs if isinstance(outputs, tuple) else (outputs,)
    return exported, tuple(tuple(output.shape) for output in given)


def lower_graph(exported: Any, constants: Mapping[str, float | int] | None = None) -> bytes:
    """Return the program of a graph. constants: methods of the program that return a number."""
    from executorch.exir import to_edge_transform_and_lower

    exported = exported.run_decompositions(delegation.float_activations())
    edge = to_edge_transform_and_lower(
        exported, partitioner=[_partitioner()], constant_methods=dict(constants or {}) or None
    )
    return bytes(edge.to_executorch().buffer)


def _partitioner() -> Any:
    """Return ExecuTorch's partitioner for XNNPACK, extended by int8 sigmoids.

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
