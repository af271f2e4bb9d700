"""From a module to an ExecuTorch program on XNNPACK."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from edgegen.base.progress import Progress
from edgegen.base.quiet import quiet
from edgegen.runtimes.executorch import delegation

Shapes = tuple[tuple[int, ...], ...]


def lower(module: Any, input_hw: tuple[int, int], progress: Progress) -> tuple[bytes, Shapes]:
    """Return the program of a module that takes [1, 3, H, W], and the shapes of its outputs.

    What torch or ExecuTorch raise comes through as it is.
    """
    import torch

    with quiet(), _no_garbage_collection():
        model = delegation.with_products_for_upsampling(module)
        example = torch.zeros(1, 3, *input_hw)
        progress.step("Trace with torch.export")
        with torch.no_grad():
            outputs = model(
                example
            )  # also lays the upsampling and a decoded head's anchors out for this size
            exported = torch.export.export(model, (example,)).run_decompositions(delegation.decompositions())
        given = outputs if isinstance(outputs, tuple) else (outputs,)

        progress.step("Lower to XNNPACK")
        from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
        from executorch.exir import to_edge_transform_and_lower

        lowered = to_edge_transform_and_lower(exported, partitioner=[XnnpackPartitioner()]).to_executorch()
        return bytes(lowered.buffer), tuple(tuple(output.shape) for output in given)


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Leave the cycle collector off: the compiler's graphs live to the end, and searching them costs 8 %."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
