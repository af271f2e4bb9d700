"""Tensors that a model file stores as bytes, and a torch module that holds them."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

_MOST_REPEATED: Final = 1 << 24  # values of a stored tensor beyond its bytes: an expanded one


def stored_tensor(
    content: bytes | bytearray, dtype: str, sizes: Sequence[int], strides: Sequence[int], offset: int
) -> Any:
    """Return a tensor of stored bytes. torch checks that sizes and strides stay within them.

    Raises:
        ValueError: The tensor is much larger than its bytes.
    """
    import torch

    kind = getattr(torch, dtype)
    flat = torch.frombuffer(bytearray(content), dtype=kind) if content else torch.empty(0, dtype=kind)
    if math.prod(sizes) > flat.numel() + _MOST_REPEATED:
        raise ValueError("a tensor that is larger than its bytes")
    return torch.as_strided(flat, sizes, strides, offset).clone()


def module_with_buffers(values: Mapping[str, Any], run: Callable[[dict[str, Any], Any], Any]) -> Any:
    """Return a torch module whose output is `run(values, x)`, with the values as buffers."""
    import torch

    names = {name: f"value_{place}" for place, name in enumerate(values)}

    class StoredModule(torch.nn.Module):
        """Runs a graph with its weights as buffers."""

        def __init__(self) -> None:
            super().__init__()
            for name, buffer in names.items():
                self.register_buffer(buffer, values[name])

        def forward(self, x: torch.Tensor) -> Any:
            return run({name: getattr(self, buffer) for name, buffer in names.items()}, x)

    return StoredModule().eval()
