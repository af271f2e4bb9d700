"""From a module to an ExecuTorch program on XNNPACK."""

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from edgegen.base.progress import Progress
from edgegen.base.quiet import quiet
from edgegen.runtimes.executorch import delegation, partition, upsampling_head
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

    edge = to_edge_transform_and_lower(
        exported, partitioner=[partition.partitioner()], constant_methods=dict(constants or {}) or None
    )
    return bytes(edge.to_executorch().buffer)


@contextmanager
def without_bookkeeping() -> Iterator[None]:
    """Spare what the compiler does beside its work: a third of the time of an export.

    Its graphs live to the end, so the cycle collector searches them for nothing. And torch copies each
    node's history at every pass, deeper each time, though nobody changes it: here a copy is the history.
    """
    from torch.fx.traceback import NodeSource

    was_on = gc.isenabled()
    gc.disable()
    NodeSource.__deepcopy__ = lambda self, _: self  # type: ignore[attr-defined]
    try:
        yield
    finally:
        del NodeSource.__deepcopy__  # type: ignore[attr-defined]
        if was_on:
            gc.enable()
