"""Tensors that a model file stores as bytes, and a torch module that holds them."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import torch

_MOST_REPEATED: Final = 1 << 24  # values of a stored tensor beyond its bytes: an expanded one


def stored_tensor(
    content: bytes | bytearray, dtype: str, sizes: Sequence[int], strides: Sequence[int], offset: int
) -> Any:
    """Return a tensor of stored bytes. torch checks that sizes and strides stay within them.

    Raises:
        ValueError: The tensor is much larger than its bytes.
    """
    kind = getattr(torch, dtype)
    flat = torch.frombuffer(bytearray(content), dtype=kind) if content else torch.empty(0, dtype=kind)
    if math.prod(sizes) > flat.numel() + _MOST_REPEATED:
        raise ValueError("a tensor that is larger than its bytes")
    return torch.as_strided(flat, sizes, strides, offset).clone()


def module_with_weights(
    tensors: Mapping[str, Any],
    run: Callable[[dict[str, Any], Sequence[Any], Any], Any],
    layers: Sequence[Any] = (),
) -> Any:
    """Return a torch module whose output is `run(tensors, layers, x)`; it holds both.

    Each tensor is the buffer `weight` of a module that is called after it. A quantizer takes the layer's name
    from there.
    """
    weights = torch.nn.ModuleDict()
    keys: dict[str, str] = {}
    for name, tensor in tensors.items():
        key = re.sub(r"\W", "_", name.removesuffix(".weight")) or "_"
        while key in weights or hasattr(weights, key):
            key += "_"
        keys[name] = key
        weights[key] = torch.nn.Module()
        weights[key].register_buffer("weight", tensor)

    class StoredModule(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weights = weights
            self.layers = torch.nn.ModuleList(layers)

        def forward(self, x: torch.Tensor) -> Any:
            values = {name: self.weights[key].weight for name, key in keys.items()}
            return run(values, list(self.layers), x)

    return StoredModule().eval()


class FirstOutput(torch.nn.Module):
    """The first output of a module that returns a tuple."""

    def __init__(self, module: Any) -> None:
        super().__init__()
        self.module = module

    def forward(self, x: torch.Tensor) -> Any:
        """Return that output."""
        return self.module(x)[0]
