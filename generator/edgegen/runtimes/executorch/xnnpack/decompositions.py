"""Replacements of operators that XNNPACK lacks, by operators that it has.

Those of splits and matrix products are exact to the last bit. Those of activations are close: see
docs/decisions/0007-one-subgraph.md. A function that returns NotImplemented keeps torch's own operator.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

import torch

from edgegen.runtimes.executorch.xnnpack.rewrites import upsampling_matrix

_SELU_ALPHA: Final = 1.6732632423543772  # as in torch
_SELU_SCALE: Final = 1.0507009873554805


def _split_at_sizes(x: torch.Tensor, sizes: Sequence[int], dim: int = 0) -> list[torch.Tensor]:
    ends = [sum(sizes[: i + 1]) for i in range(len(sizes))]
    slices = zip([0, *ends], ends, strict=False)
    return [torch.ops.aten.slice.Tensor(x, dim, start, end) for start, end in slices]


def _split(x: torch.Tensor, size: int, dim: int = 0) -> list[torch.Tensor]:
    length = x.shape[dim]
    return _split_at_sizes(x, [min(size, length - start) for start in range(0, length, size)], dim)


def _chunk(x: torch.Tensor, chunks: int, dim: int = 0) -> list[torch.Tensor]:
    return _split(x, -(-x.shape[dim] // chunks), dim)


def _stacked_product(a: Any, b: Any) -> Any:
    """Return the products [..., n, m] of matrices [..., n, k] and [..., k, m], without an expansion."""
    product = torch.bmm(a.reshape(-1, *a.shape[-2:]), b.reshape(-1, *b.shape[-2:]))
    return product.reshape(*a.shape[:-1], b.shape[-1])


def _matmul(a: torch.Tensor, b: torch.Tensor) -> Any:
    if a.dim() < 4 or a.shape[:-2] != b.shape[:-2]:
        return NotImplemented
    return _stacked_product(a, b)


def _select(x: torch.Tensor, dim: int, index: int) -> torch.Tensor:
    place = index % x.shape[dim]
    shape = [size for axis, size in enumerate(x.shape) if axis != dim % x.dim()]
    return torch.ops.aten.slice.Tensor(x, dim, place, place + 1).reshape(shape)  # type: ignore[no-any-return]


def _unbind(x: torch.Tensor, dim: int = 0) -> list[torch.Tensor]:
    return [_select(x, dim, place) for place in range(x.shape[dim])]


def _squeeze(x: torch.Tensor, dim: int | Sequence[int]) -> torch.Tensor:
    dims = {each % x.dim() for each in ([dim] if isinstance(dim, int) else dim)}
    return x.reshape([size for axis, size in enumerate(x.shape) if axis not in dims or size != 1])


def _unsqueeze(x: torch.Tensor, dim: int) -> torch.Tensor:
    place = dim % (x.dim() + 1)
    return x.reshape([*x.shape[:place], 1, *x.shape[place:]])


def _expand(x: torch.Tensor, sizes: Sequence[int], implicit: bool = False) -> Any:
    is_same = len(sizes) == x.dim() and all(new in (-1, old) for new, old in zip(sizes, x.shape, strict=True))
    return x.reshape(x.shape) if is_same else NotImplemented


def linear_of_vector(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None) -> Any:
    """Return a linear layer with a vector as weight, as one with a matrix: XNNPACK and Core ML need that."""
    if weight.dim() != 1 or bias is not None:
        return NotImplemented
    return torch.nn.functional.linear(x, weight.reshape(1, -1)).reshape(x.shape[:-1])


def _slice(
    x: torch.Tensor, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
) -> Any:
    """Return every `step`th element: XNNPACK has no steps."""
    length, first = x.shape[dim], start or 0
    if step == 1 or length % step or not 0 <= first < step or (end is not None and end < length):
        return NotImplemented
    axis = dim % x.dim()
    groups = x.reshape(*x.shape[:axis], length // step, step, *x.shape[axis + 1 :])
    return _select(groups, axis + 1, first)


def _repeated(x: torch.Tensor, axis: int, times: int) -> torch.Tensor:
    """Return x with an axis of this length before `axis`: a product with ones, which is exact."""
    shape = [1] * (x.dim() + 1)
    shape[axis] = times
    return _unsqueeze(x, axis) * torch.ones(shape, dtype=x.dtype)


def _repeat(x: torch.Tensor, sizes: Sequence[int]) -> Any:
    axes = [axis for axis, times in enumerate(sizes) if times != 1]
    if len(sizes) != x.dim() or len(axes) != 1 or not x.is_floating_point():
        return NotImplemented
    shape = [size * times for size, times in zip(x.shape, sizes, strict=True)]
    return _repeated(x, axes[0], sizes[axes[0]]).reshape(shape)


def _repeat_interleave(x: torch.Tensor, repeats: int, dim: int | None = None, **_options: Any) -> Any:
    if dim is None or not x.is_floating_point():
        return NotImplemented
    axis = dim % x.dim()
    shape = [*x.shape[:axis], x.shape[axis] * repeats, *x.shape[axis + 1 :]]
    return _repeated(x, axis + 1, repeats).reshape(shape)


def _stack(tensors: Sequence[torch.Tensor], dim: int = 0) -> Any:
    return _unsqueeze(tensors[0], dim) if len(tensors) == 1 else NotImplemented


def _upsample_nearest(x: torch.Tensor, size: Sequence[int] | None, scales: Sequence[float] | None) -> Any:
    """Repeat every element k times in both directions: each row times a matrix of zeros and ones."""
    factors = set(scales or ())
    if size is not None or len(factors) != 1 or not factors <= {2.0, 3.0, 4.0} or x.dim() != 4:
        return NotImplemented
    n, channels, height, width = x.shape
    times = int(factors.pop())
    rows = x.reshape(n, channels * height, width) @ upsampling_matrix(width, times)
    return rows.reshape(n, channels, times * height, times * width)


def _avg_pool2d(
    x: torch.Tensor,
    kernel: Sequence[int],
    stride: Sequence[int] = (),
    padding: Sequence[int] = (0, 0),
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor: int | None = None,
) -> Any:
    """Pad before the pooling, and drop a rounding up that adds nothing: XNNPACK has neither."""
    kernel, padding = _pair(kernel), _pair(padding)
    stride = _pair(stride or kernel)
    pads = any(padding) and count_include_pad
    sides = zip(x.shape[-2:], kernel, stride, padding, strict=True)
    is_even = all((side + 2 * pad - size) % step == 0 for side, size, step, pad in sides)
    if divisor is not None or not (pads or ceil_mode) or (ceil_mode and not is_even):
        return NotImplemented
    if pads:
        down, across = padding
        x, padding = torch.nn.functional.pad(x, (across, across, down, down)), (0, 0)
    return torch.ops.aten.avg_pool2d.default(x, kernel, stride, padding, False, count_include_pad)


def _pair(values: Sequence[int]) -> tuple[int, int]:
    return (values[0], values[-1])


def of_splits_and_products() -> dict[Any, Callable[..., Any]]:
    """Return the decompositions of splits, changes of shape, and batched matrix products."""
    aten = torch.ops.aten
    return {
        aten.unbind.int: _unbind,
        aten.select.int: _select,
        aten.unsqueeze.default: _unsqueeze,
        aten.squeeze.dim: _squeeze,
        aten.squeeze.dims: _squeeze,
        aten.expand.default: _expand,
        aten.chunk.default: _chunk,
        aten.split.Tensor: _split,
        aten.split_with_sizes.default: _split_at_sizes,
        aten.linear.default: linear_of_vector,
        aten.matmul.default: _matmul,
        aten.slice.Tensor: _slice,
        aten.repeat.default: _repeat,
        aten.repeat_interleave.self_int: _repeat_interleave,
        aten.alias.default: lambda x: x,
        aten.stack.default: _stack,
        aten.avg_pool2d.default: _avg_pool2d,
        aten.upsample_nearest2d.vec: _upsample_nearest,
    }


def before_int8() -> dict[Any, Callable[..., Any]]:
    """Return decompositions that must precede quantization.

    XNNPACK lacks SiLU in int8, but has sigmoid and product.
    """
    return {torch.ops.aten.silu.default: lambda x: x * torch.sigmoid(x)}


def _mish(x: torch.Tensor) -> torch.Tensor:
    # tanh(softplus(x)) is t / (2 - t), where t depends on the sigmoid only: nothing overflows.
    sigmoid = torch.sigmoid(x)
    t = sigmoid * (2.0 - sigmoid)
    return x * (t / (2.0 - t))


def _log_of_sum(x: torch.Tensor, beta: float = 1.0) -> torch.Tensor:
    """Return log(1 + exp(-beta |x|)). XNNPACK's int8 fails if a product with a constant comes first."""
    return torch.log(torch.exp(torch.abs(x) * -float(beta)) + 1.0)


def _softplus(x: torch.Tensor, beta: float = 1.0, threshold: float = 20.0) -> Any:
    if beta <= 0 or threshold < 15:  # above the threshold it is x, which would differ
        return NotImplemented
    return x.clamp(min=0.0) + _log_of_sum(x, beta) * (1.0 / beta)


def _log_sigmoid(x: torch.Tensor) -> torch.Tensor:
    return x.clamp(max=0.0) - _log_of_sum(x)


def _elu(x: torch.Tensor, alpha: float = 1.0, scale: float = 1.0, input_scale: float = 1.0) -> torch.Tensor:
    below = torch.exp(x.clamp(max=0.0) * float(input_scale)) - 1.0
    return x.clamp(min=0.0) * float(scale) + below * float(alpha * scale)


def _rrelu(
    x: torch.Tensor,
    lower: float = 1 / 8,
    upper: float = 1 / 3,
    training: bool = False,
    _random: Any = None,
) -> Any:
    return NotImplemented if training else torch.nn.functional.leaky_relu(x, (lower + upper) / 2)


def _threshold(x: torch.Tensor, limit: float, value: float) -> torch.Tensor:
    above = torch.ceil(((x - float(limit)) * 1e30).clamp(0.0, 1.0))  # 1 where x > limit, else 0
    return x * above + (1.0 - above) * float(value)


def _layer_norm(
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


def _mean(x: torch.Tensor, dim: Sequence[int] | None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    if dim is None or dtype is not None or x.dim() == 1 or [each % x.dim() for each in dim] != [x.dim() - 1]:
        return NotImplemented
    rows = x.reshape(1, -1, x.shape[-1], 1)  # XNNPACK averages the last two of four axes
    return rows.mean((2, 3), keepdim=True).reshape(*x.shape[:-1], *([1] if keepdim else []))


def _attention(
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


def before_lowering() -> dict[Any, Callable[..., Any]]:
    """Return decompositions of activations into XNNPACK's operators. In int8 models they stay float32.

    They differ by a few units of float32 rounding. ELU, SELU and CELU, where exp(x) - 1 cancels near 0,
    differ by up to 1e-7 at a scale of 1. Decomposed after quantization, each is one step between two int8
    layers.
    """
    aten = torch.ops.aten
    return {
        aten.scaled_dot_product_attention.default: _attention,
        aten.layer_norm.default: _layer_norm,
        aten.mean.dim: _mean,
        aten.mish.default: _mish,
        aten.softplus.default: _softplus,
        aten.log_sigmoid.default: _log_sigmoid,
        aten.elu.default: _elu,
        aten.selu.default: lambda x: _elu(x, _SELU_ALPHA, _SELU_SCALE),
        aten.celu.default: lambda x, alpha=1.0: _elu(x, alpha, 1.0, 1.0 / alpha),
        aten.rrelu.default: _rrelu,
        aten.threshold.default: _threshold,
        aten.hardsigmoid.default: lambda x: (x * (1 / 6) + 0.5).clamp(0.0, 1.0),
    }
