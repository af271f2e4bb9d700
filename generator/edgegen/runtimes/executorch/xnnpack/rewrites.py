"""Rewrite a model so that XNNPACK runs all of it as one subgraph.

Operators that XNNPACK lacks run in ExecuTorch's own kernels, on one thread, with a copy to another memory
layout before and after. In YOLO models these are nearest upsampling, which is replaced here, and `chunk`,
`split` and batched matrix products (attention), which `decompositions` replaces. All are exact to the last
bit.
"""

import copy
from collections.abc import Callable
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
