"""Rewrites of a model after which XNNPACK takes all of it as one subgraph, exact to the last bit.

What XNNPACK does not take runs in ExecuTorch's own kernels, on one thread, and costs a copy in and a copy
out in another memory layout. In YOLO models that is nearest upsampling, `chunk` and `split`, and products of
stacks of matrices (attention). Each has an equal that XNNPACK does take: docs/decisions/0007-one-subgraph.md.
"""

import copy
from collections.abc import Callable, Sequence
from typing import Any


def with_products_for_upsampling(model: Any) -> Any:
    """Return a module that shares the model's weights, in which nearest upsampling by 2 is a matrix product.

    Only layers of the model's own sequence are exchanged. The new ones fix their input's width the first time
    that they run: run the module once, on an input of the final size, before it is traced.
    """
    import torch

    class DoubledByProduct(torch.nn.Module):
        """Repeats every element of [1, C, H, W] in both directions, as nn.Upsample(scale_factor=2) does.

        A row of W elements times the [W, 4 * W] matrix of zeros and ones is that row, each element twice, two
        times over: two rows of the result. The sums have one term that is not zero, so they are exact.
        """

        def __init__(self, layer: Any) -> None:
            super().__init__()
            # How an Ultralytics model finds a layer's inputs: its number, and the numbers it reads from.
            self.i, self.f = layer.i, layer.f
            self.matrix: torch.Tensor | None
            self.register_buffer("matrix", None, persistent=False)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            n, channels, height, width = x.shape
            if self.matrix is None:
                row = torch.eye(width).repeat_interleave(2, dim=1)  # (W, 2 W)
                self.matrix = torch.cat([row, row], dim=1).t().contiguous()
            rows = torch.nn.functional.linear(x.reshape(n, channels * height, width), self.matrix)
            return rows.reshape(n, channels, 2 * height, 2 * width)

    clone = copy.copy(model)
    clone._modules = dict(model._modules)
    layers = [DoubledByProduct(layer) if _doubles(layer) else layer for layer in model.model]
    clone.model = torch.nn.Sequential(*layers)
    return clone


def _doubles(layer: Any) -> bool:
    import torch

    return (
        isinstance(layer, torch.nn.Upsample)
        and layer.mode == "nearest"
        and layer.size is None
        and layer.scale_factor in {2, (2.0, 2.0)}
    )


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
