"""Rewrite a model so that XNNPACK runs all of it as one subgraph, and the head of depth models faster.

Operators that XNNPACK lacks run in ExecuTorch's own kernels, on one thread, with a copy to another memory
layout before and after. In YOLO models these are nearest upsampling, which is replaced here, and `chunk`,
`split` and batched matrix products (attention), which `decompositions` replaces. All are exact to the last
bit.

A head that doubles its map between two convolutions runs at the size before. Ultralytics' depth models end
with a convolution, a transposed one (2 x 2), a 3 x 3 one, and a 1 x 1 one to a single channel. Nothing is
between the second and the third, so both become one convolution: each of the 2 x 2 output pixels sees 2 x 2
pixels of the smaller map, with weights that are sums of products. It needs a third of the products and
differs by float32 rounding only: docs/decisions/0007-one-subgraph.md.
"""

import copy
from collections.abc import Callable
from typing import Any, Final

_TIMES: Final = 2  # the factor in both directions
_PARTS: Final = ((0, 0), (0, 1), (1, 0), (1, 1))  # row and column of the 2 x 2 output pixels
_ONE: Final = 1.2784645427610738  # SiLU of it is 1


def with_products_for_upsampling(model: Any) -> Any:
    """Return a module that shares the model's weights and upsamples by matrix products.

    The new layers learn the widths of their inputs when they run. Run the module once on an input of the
    final size before it is traced.
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

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            n, channels, height, width = x.shape
            k = self.times
            name = f"matrix{width}"  # a network may use a layer at several places
            if not hasattr(self, name):
                matrix = upsampling_matrix(width, k).t().contiguous()
                self.register_buffer(name, matrix, persistent=False)
            rows = torch.nn.functional.linear(x.reshape(n, channels * height, width), getattr(self, name))
            return rows.reshape(n, channels, k * height, k * width)

    return replace_modules(model, lambda module: EnlargedByProduct(module) if _factor(module) else None)


def upsampling_matrix(width: int, times: int) -> Any:
    """Return [W, times * times * W] of zeros and ones: it makes `times` rows of the result from one of W."""
    import torch

    row = torch.eye(width).repeat_interleave(times, dim=1)
    return torch.cat([row] * times, dim=1)


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


def rewrite_upsampling_heads(model: Any) -> Any:
    """Return a module with such heads rewritten. It shares all other weights with the model."""
    return replace_modules(model, lambda module: _rewrite(module) if _is_upsampling_head(module) else None)


def _factor(layer: Any) -> int:
    """Return the factor of a nearest-neighbour upsampling layer; 0 for any other layer."""
    import torch

    if not isinstance(layer, torch.nn.Upsample) or layer.mode != "nearest" or layer.size is not None:
        return 0
    asked: Any = layer.scale_factor
    down, across = asked if isinstance(asked, tuple) else (asked, asked)
    return int(down) if down == across == int(down) and down > 1 else 0


def _rewrite(head: Any) -> Any:
    import torch
    from torch.nn.functional import pixel_shuffle, silu

    class HeadAtTheSizeBefore(torch.nn.Module):
        """Computes the four layers. Until the end, groups of channels are the 2 x 2 output pixels."""

        def __init__(self) -> None:
            super().__init__()
            before, up, after, last = head
            self.before = _with_a_one(before.conv)
            self.after = _join(up, after.conv)
            self.last = _repeat_last(last)

        def forward(self, x: Any) -> Any:
            parts = self.last(silu(self.after(silu(self.before(x)))))
            height, width = x.shape[2:]
            # The joined convolution has one row and one column more than the map: the first parts use the
            # pixels before, the others those after.
            places = [
                parts[:, number : number + 1, row : row + height, column : column + width]
                for number, (row, column) in enumerate(_PARTS)
            ]
            return pixel_shuffle(torch.cat(places, dim=1), _TIMES)

    return HeadAtTheSizeBefore()


def _with_a_one(layer: Any) -> Any:
    """Return the convolution with one more channel, which is 1 after SiLU.

    It carries the transposed convolution's bias, because there is no bias beyond the map's border.
    """
    import torch

    weight, bias = layer.weight.detach(), layer.bias.detach()
    return _convolution(
        torch.cat([weight, torch.zeros_like(weight[:1])]), torch.cat([bias, bias.new_tensor([_ONE])]), 1
    )


def _convolution(weight: Any, bias: Any, padding: int) -> Any:
    import torch

    layer = torch.nn.Conv2d(weight.shape[1], weight.shape[0], weight.shape[2:], padding=padding)
    layer.weight = torch.nn.Parameter(weight, requires_grad=False)
    layer.bias = torch.nn.Parameter(bias, requires_grad=False)
    return layer


def _join(up: Any, layer: Any) -> Any:
    """Return both as one 2 x 2 convolution of four times the channels, part after part."""
    import torch

    ours, theirs = layer.weight.detach().double(), up.weight.detach().double()
    channels, seen = len(ours), len(theirs)
    joined = torch.zeros(len(_PARTS), channels, seen + 1, _TIMES, _TIMES, dtype=torch.float64)
    for number, (row, column) in enumerate(_PARTS):
        for y in range(3):
            for x in range(3):
                # The input pixel of the 3 x 3 one: its pixel in the smaller map, and which of its 2 x 2.
                down, inner_row = divmod(row + y - 1, _TIMES)
                across, inner_column = divmod(column + x - 1, _TIMES)
                weights = ours[:, :, y, x]
                at = joined[number, :, :, down + 1 - row, across + 1 - column]
                at[:, :seen] += weights @ theirs[:, :, inner_row, inner_column].T
                at[:, seen] += weights @ up.bias.detach().double()
    return _convolution(joined.flatten(0, 1).float(), layer.bias.detach().repeat(len(_PARTS)), 1)


def _repeat_last(layer: Any) -> Any:
    """Return the 1 x 1 convolution for the four parts, each with its own channels."""
    import torch

    weight = torch.kron(torch.eye(len(_PARTS)), layer.weight.detach().flatten(1))
    return _convolution(weight[:, :, None, None], layer.bias.detach().repeat(len(_PARTS)), 0)


def _is_upsampling_head(module: Any) -> bool:
    import torch

    if not isinstance(module, torch.nn.Sequential) or len(module) != 4:
        return False
    before, up, after, last = module
    return (
        _is_convolution(before)
        and _is_convolution(after)
        and isinstance(up, torch.nn.ConvTranspose2d)
        and up.kernel_size == up.stride == (_TIMES, _TIMES)
        and (up.padding, up.output_padding, up.dilation, up.groups) == ((0, 0), (0, 0), (1, 1), 1)
        and isinstance(last, torch.nn.Conv2d)
        and (last.kernel_size, last.stride, last.padding) == ((1, 1), (1, 1), (0, 0))
        and last.out_channels == last.groups == 1
        and None not in (up.bias, last.bias)
    )


def _is_convolution(module: Any) -> bool:
    """Return whether it is Ultralytics' 3 x 3 Conv with SiLU and fused normalization."""
    import torch

    layer = getattr(module, "conv", None)
    return (
        isinstance(layer, torch.nn.Conv2d)
        and not hasattr(module, "bn")
        and isinstance(getattr(module, "act", None), torch.nn.SiLU)
        and layer.bias is not None
        and (layer.kernel_size, layer.stride, layer.dilation) == ((3, 3), (1, 1), (1, 1))
        and (layer.padding, layer.padding_mode, layer.groups) == ((1, 1), "zeros", 1)
    )
