"""Rewrite a model so that XNNPACK runs all of it as one subgraph.

Operators that XNNPACK lacks run in ExecuTorch's own kernels, on one thread, with a copy to another memory
layout before and after. In YOLO models these are nearest upsampling, `chunk`, `split` and batched matrix
products (attention). Their replacements are exact to the last bit. Activations have close replacements: see
docs/decisions/0007-one-subgraph.md.
"""

import copy
from collections.abc import Callable, Sequence
from typing import Any


def with_products_for_upsampling(model: Any) -> Any:
    """Return a module that shares the model's weights and upsamples by matrix products.

    The new layers fix their input's width on the first run. Run the module once on an input of the final size
    before it is traced.
    """
    import torch

    class EnlargedByProduct(torch.nn.Module):
        """Repeats every element of [1, C, H, W] k times in both directions, as nn.Upsample does.

        A row of W elements times a [W, k * k * W] matrix of zeros and ones gives k rows of the result. Each
        sum has one term that is not zero, so it is exact.
        """

        def __init__(self, layer: Any) -> None:
            super().__init__()
            if hasattr(layer, "i"):
                # Ultralytics' layer number and input layers.
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

    return replace_modules(model, lambda module: EnlargedByProduct(module) if _factor(module) else None)


def replace_modules(module: Any, replacement: Callable[[Any], Any]) -> Any:
    """Return the module with replaced submodules. For None, a submodule is kept and searched."""
    if (other := replacement(module)) is not None:
        return other
    new = {
        name: replace_modules(part, replacement) for name, part in module._modules.items() if part is not None
    }
    if all(part is module._modules[name] for name, part in new.items()):
        return module
    clone = copy.copy(module)
    clone._modules = {**module._modules, **new}
    return clone


def _factor(layer: Any) -> int:
    """Return the factor of a nearest-neighbour upsampling layer; 0 for any other layer."""
    import torch

    if not isinstance(layer, torch.nn.Upsample) or layer.mode != "nearest" or layer.size is not None:
        return 0
    asked: Any = layer.scale_factor
    down, across = asked if isinstance(asked, tuple) else (asked, asked)
    return int(down) if down == across == int(down) and down > 1 else 0


def _stacked_product(a: Any, b: Any) -> Any:
    """Return the products [..., n, m] of matrices [..., n, k] and [..., k, m], without an expansion."""
    import torch

    product = torch.bmm(a.reshape(-1, *a.shape[-2:]), b.reshape(-1, *b.shape[-2:]))
    return product.reshape(*a.shape[:-1], b.shape[-1])


def decompositions() -> dict[Any, Callable[..., Any]]:
    """Return the decompositions of splits and batched matrix products."""
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
            return NotImplemented  # keep torch's own
        return _stacked_product(a, b)

    def selected(x: torch.Tensor, dim: int, index: int) -> torch.Tensor:
        place = index % x.shape[dim]
        shape = [size for axis, size in enumerate(x.shape) if axis != dim % x.dim()]
        return torch.ops.aten.slice.Tensor(x, dim, place, place + 1).reshape(shape)  # type: ignore[no-any-return]

    def unbound(x: torch.Tensor, dim: int = 0) -> list[torch.Tensor]:
        return [selected(x, dim, place) for place in range(x.shape[dim])]

    def squeezed(x: torch.Tensor, dim: int | Sequence[int]) -> torch.Tensor:
        dims = {each % x.dim() for each in ([dim] if isinstance(dim, int) else dim)}
        return x.reshape([size for axis, size in enumerate(x.shape) if axis not in dims or size != 1])

    def unsqueezed(x: torch.Tensor, dim: int) -> torch.Tensor:
        place = dim % (x.dim() + 1)
        return x.reshape([*x.shape[:place], 1, *x.shape[place:]])

    def expanded(x: torch.Tensor, sizes: Sequence[int], implicit: bool = False) -> Any:
        is_same = len(sizes) == x.dim() and all(
            new in (-1, old) for new, old in zip(sizes, x.shape, strict=True)
        )
        return x.reshape(x.shape) if is_same else NotImplemented

    aten = torch.ops.aten
    return {
        aten.unbind.int: unbound,
        aten.select.int: selected,
        aten.unsqueeze.default: unsqueezed,
        aten.squeeze.dim: squeezed,
        aten.squeeze.dims: squeezed,
        aten.expand.default: expanded,
        aten.chunk.default: chunked,
        aten.split.Tensor: every,
        aten.split_with_sizes.default: at_sizes,
        aten.matmul.default: stacked_product,
    }


def decompositions_before_int8() -> dict[Any, Callable[..., Any]]:
    """Return decompositions that must precede quantization.

    XNNPACK lacks SiLU in int8, but has sigmoid and product.
    """
    import torch

    return {torch.ops.aten.silu.default: lambda x: x * torch.sigmoid(x)}


def decompositions_before_lowering() -> dict[Any, Callable[..., Any]]:
    """Return decompositions of activations into XNNPACK's operators. In int8 models they stay float32.

    They differ by a few units of float32 rounding. ELU, SELU and CELU, where exp(x) - 1 cancels near 0,
    differ by up to 1e-7 at a scale of 1. Decomposed after quantization, each is one step between two int8
    layers.
    """
    import torch

    def mish(x: torch.Tensor) -> torch.Tensor:
        # tanh(softplus(x)) is t / (2 - t), where t depends on the sigmoid only: nothing overflows.
        sigmoid = torch.sigmoid(x)
        t = sigmoid * (2.0 - sigmoid)
        return x * (t / (2.0 - t))

    def log_of_sum(x: torch.Tensor, beta: float = 1.0) -> torch.Tensor:
        """Return log(1 + exp(-beta |x|)). XNNPACK's int8 fails if a product with a constant comes first."""
        return torch.log(torch.exp(torch.abs(x) * -float(beta)) + 1.0)

    def softplus(x: torch.Tensor, beta: float = 1.0, threshold: float = 20.0) -> Any:
        if beta <= 0 or threshold < 15:  # above the threshold it is x, which would differ
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

    def layer_norm(
        x: torch.Tensor,
        normalized: Sequence[int],
        weight: torch.Tensor | None = None,
        bias: torch.Tensor | None = None,
        eps: float = 1e-5,
        _cudnn: bool = True,
    ) -> Any:
        if len(normalized) != 1:
            return NotImplemented
        rows = x.reshape(1, -1, x.shape[-1], 1)  # XNNPACK averages the last two of four axes
        centred = rows - rows.mean((2, 3), keepdim=True)
        variance = (centred * centred).mean((2, 3), keepdim=True)
        normal = (centred * torch.rsqrt(variance + float(eps))).reshape(x.shape)
        scaled = normal if weight is None else normal * weight
        return scaled if bias is None else scaled + bias

    def attention(
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        mask: torch.Tensor | None = None,
        dropout: float = 0.0,
        is_causal: bool = False,
        scale: float | None = None,
        enable_gqa: bool = False,
    ) -> Any:
        if mask is not None or dropout or is_causal or enable_gqa:
            return NotImplemented
        factor = query.shape[-1] ** -0.5 if scale is None else scale
        weights = _stacked_product(query * factor, key.transpose(-2, -1)).softmax(dim=-1)
        product = _stacked_product(weights, value)
        # In memory, heads follow positions, as torch's kernel returns them: later views rely on it.
        return product.transpose(-3, -2).contiguous().transpose(-3, -2)

    aten = torch.ops.aten
    return {
        aten.scaled_dot_product_attention.default: attention,
        aten.layer_norm.default: layer_norm,
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
