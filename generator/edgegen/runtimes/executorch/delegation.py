"""Rewrites of a model after which XNNPACK takes all of it as one subgraph, exact to the last bit.

What XNNPACK does not take runs in ExecuTorch's own kernels, on one thread, and costs a copy in and a copy
out in another memory layout. In YOLO models that is nearest upsampling, `chunk` and `split`, and products of
stacks of matrices (attention). Each has an equal that XNNPACK does take: docs/decisions/0007-one-subgraph.md.
"""

import copy
from collections.abc import Callable, Sequence
from typing import Any


def with_products_for_upsampling(model: Any) -> Any:
    """Return a module that shares the model's weights, in which nearest upsampling is a matrix product.

    The new layers fix their input's width the first time that they run: run the module once, on an input of
    the final size, before it is traced.
    """
    import torch

    class EnlargedByProduct(torch.nn.Module):
        """Repeats every element of [1, C, H, W] k times in both directions, as nn.Upsample does.

        A row of W elements times the [W, k * k * W] matrix of zeros and ones is that row, each element k
        times, k times over: k rows of the result. The sums have one term that is not zero, so they are exact.
        """

        def __init__(self, layer: Any) -> None:
            super().__init__()
            if hasattr(layer, "i"):
                # How an Ultralytics model finds a layer's inputs: its number, and the numbers it reads from.
                self.i, self.f = layer.i, layer.f
            self.times = _factor(layer)
            self.matrix: torch.Tensor | None
            self.register_buffer("matrix", None, persistent=False)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            n, channels, height, width = x.shape
            k = self.times
            if self.matrix is None:
                row = torch.eye(width).repeat_interleave(k, dim=1)  # (W, k W)
                self.matrix = torch.cat([row] * k, dim=1).t().contiguous()
            rows = torch.nn.functional.linear(x.reshape(n, channels * height, width), self.matrix)
            return rows.reshape(n, channels, k * height, k * width)

    return exchanged(model, lambda module: EnlargedByProduct(module) if _factor(module) else None)


def exchanged(module: Any, exchange: Callable[[Any], Any]) -> Any:
    """Return the module with those in it that `exchange` gives; None: that one stays, with what is in it."""
    if (other := exchange(module)) is not None:
        return other
    new = {name: exchanged(part, exchange) for name, part in module._modules.items() if part is not None}
    if all(part is module._modules[name] for name, part in new.items()):
        return module
    clone = copy.copy(module)
    clone._modules = {**module._modules, **new}
    return clone


def _factor(layer: Any) -> int:
    """Return how many times a layer repeats elements in both directions; 0 for any other layer."""
    import torch

    if not isinstance(layer, torch.nn.Upsample) or layer.mode != "nearest" or layer.size is not None:
        return 0
    asked: Any = layer.scale_factor
    down, across = asked if isinstance(asked, tuple) else (asked, asked)
    return int(down) if down == across == int(down) and down > 1 else 0


def decompositions() -> dict[Any, Callable[..., Any]]:
    """Return what `ExportedProgram.run_decompositions` is to write otherwise: splits and stacked products."""
    import torch

    def at_sizes(x: torch.Tensor, sizes: Sequence[int], dim: int = 0) -> list[torch.Tensor]:
        ends = [sum(sizes[: i + 1]) for i in range(len(sizes))]
        slices = zip([0, *ends], ends, strict=False)
        return [torch.ops.aten.slice.Tensor(x, dim, start, end) for start, end in slices]

    def every(x: torch.Tensor, size: int, dim: int = 0) -> list[torch.Tensor]:
        length = x.shape[dim]
        return at_sizes(x, [min(size, length - start) for start in range(0, length, size)], dim)

    def chunked(x: torch.Tensor, chunks: int, dim: int = 0) -> list[torch.Tensor]:
        return every(x, -(-x.shape[dim] // chunks), dim)

    def stacked_product(a: torch.Tensor, b: torch.Tensor) -> Any:
        if a.dim() < 4 or a.shape[:-2] != b.shape[:-2]:
            return NotImplemented  # as torch does it
        product = torch.bmm(a.reshape(-1, *a.shape[-2:]), b.reshape(-1, *b.shape[-2:]))
        return product.reshape(*a.shape[:-1], b.shape[-1])

    aten = torch.ops.aten
    return {
        aten.chunk.default: chunked,
        aten.split.Tensor: every,
        aten.split_with_sizes.default: at_sizes,
        aten.matmul.default: stacked_product,
    }


def activations() -> dict[Any, Callable[..., Any]]:
    """Return what is to be written otherwise before it is quantized: SiLU, which XNNPACK has not in int8.

    As a sigmoid and a product it has both.
    """
    import torch

    return {torch.ops.aten.silu.default: lambda x: x * torch.sigmoid(x)}
