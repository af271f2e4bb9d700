"""Rewrites of a model after which XNNPACK takes all of it as one subgraph.

What XNNPACK does not take runs in ExecuTorch's own kernels, on one thread, and costs a copy in and a copy
out in another memory layout. In YOLO models that is nearest upsampling, `chunk` and `split`, and products of
stacks of matrices (attention). Each has an equal that XNNPACK does take, exact to the last bit, and
activations have one that is close: docs/decisions/0007-one-subgraph.md.
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


def float_activations() -> dict[Any, Callable[..., Any]]:
    """Return activations written with operators that XNNPACK has; in int8 models they stay float32.

    They are the same within a few units of float32's rounding; ELU, SELU and CELU, where exp(x) - 1 cancels
    near 0, within 1e-7 (absolute, for a scale of 1). Written out after the quantization, each is
    one step between two int8 layers.
    """
    import torch

    def mish(x: torch.Tensor) -> torch.Tensor:
        # tanh(softplus(x)) is t / (2 - t), with t of the sigmoid alone: nothing overflows.
        sigmoid = torch.sigmoid(x)
        t = sigmoid * (2.0 - sigmoid)
        return x * (t / (2.0 - t))

    def log_of_sum(x: torch.Tensor, beta: float = 1.0) -> torch.Tensor:
        """Return log(1 + exp(-beta |x|)). In int8, XNNPACK fails where a product by a number comes first."""
        return torch.log(torch.exp(torch.abs(x) * -float(beta)) + 1.0)

    def softplus(x: torch.Tensor, beta: float = 1.0, threshold: float = 20.0) -> Any:
        if beta <= 0 or threshold < 15:  # from there on it is x, which is another number
            return NotImplemented
        return x.clamp(min=0.0) + log_of_sum(x, beta) * (1.0 / beta)

    def log_sigmoid(x: torch.Tensor) -> torch.Tensor:
        return x.clamp(max=0.0) - log_of_sum(x)

    def elu(
        x: torch.Tensor, alpha: float = 1.0, scale: float = 1.0, input_scale: float = 1.0
    ) -> torch.Tensor:
        below = torch.exp(x.clamp(max=0.0) * float(input_scale)) - 1.0
        return x.clamp(min=0.0) * float(scale) + below * float(alpha * scale)

    def rrelu(
        x: torch.Tensor,
        lower: float = 1 / 8,
        upper: float = 1 / 3,
        training: bool = False,
        _random: Any = None,
    ) -> Any:
        return NotImplemented if training else torch.nn.functional.leaky_relu(x, (lower + upper) / 2)

    def threshold(x: torch.Tensor, limit: float, value: float) -> torch.Tensor:
        above = torch.ceil(((x - float(limit)) * 1e30).clamp(0.0, 1.0))  # 1 where x > limit, else 0
        return x * above + (1.0 - above) * float(value)

    aten = torch.ops.aten
    return {
        aten.mish.default: mish,
        aten.softplus.default: softplus,
        aten.log_sigmoid.default: log_sigmoid,
        aten.elu.default: elu,
        aten.selu.default: lambda x: elu(x, 1.6732632423543772, 1.0507009873554805),
        aten.celu.default: lambda x, alpha=1.0: elu(x, alpha, 1.0, 1.0 / alpha),
        aten.rrelu.default: rrelu,
        aten.threshold.default: threshold,
        aten.hardsigmoid.default: lambda x: (x * (1 / 6) + 0.5).clamp(0.0, 1.0),
    }
