"""From a module to an ExecuTorch program on XNNPACK."""

from collections.abc import Mapping
from typing import Any

from edgegen.base.progress import Progress
from edgegen.base.quiet import quiet
from edgegen.runtimes.executorch import delegation, partition, upsampling_head
from edgegen.runtimes.executorch.sparing import without_bookkeeping
from edgegen.runtimes.runtime import Shapes


def lower(module: Any, input_hw: tuple[int, int], progress: Progress) -> tuple[bytes, Shapes]:
    """Return the program of a module that takes [1, 3, H, W], and the shapes of its outputs.

    What torch or ExecuTorch raise comes through as it is.
    """
    import torch

    with quiet(), without_bookkeeping(), torch.no_grad():
        exported, shapes = traced(upsampling_head.at_the_size_before(module), input_hw, progress)
        progress.step("Lower to XNNPACK")
        return lowered(exported), shapes


def traced(module: Any, input_hw: tuple[int, int], progress: Progress) -> tuple[Any, Shapes]:
    """Return the module's graph, written for XNNPACK, and the shapes of its outputs."""
    import torch

    model = delegation.with_products_for_upsampling(module)
    example = torch.zeros(1, 3, *input_hw)
    progress.step("Trace with torch.export")
    outputs = model(example)  # also lays the upsampling and a decoded head's anchors out for this size
    exported = torch.export.export(model, (example,)).run_decompositions(delegation.decompositions())
    given = outputs if isinstance(outputs, tuple) else (outputs,)
    return exported, tuple(tuple(output.shape) for output in given)


def lowered(exported: Any, constants: Mapping[str, float | int] | None = None) -> bytes:
    """Return the program of a graph; constants are methods that only say a number."""
    from executorch.exir import to_edge_transform_and_lower

    exported = exported.run_decompositions(delegation.float_activations())
    edge = to_edge_transform_and_lower(
        exported, partitioner=[partition.partitioner()], constant_methods=dict(constants or {}) or None
    )
    return bytes(edge.to_executorch().buffer)
