"""Model files that are graphs of operators, and the torch modules that run them with their stored weights."""

import math
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final

import torch

_MOST_REPEATED: Final = 1 << 24  # values of a stored tensor beyond its bytes: an expanded one


@dataclass(frozen=True)
class Graph(ABC):
    """A graph with one input, read as data. Values have names."""

    suffix: ClassVar[str]  # of the format: "onnx"
    engine: ClassVar[str]  # that runs such files: "ONNX Runtime"

    path: Path
    input_shape: tuple[int | None, ...]  # None: any size
    input_dtype: str  # with torch's name: "float32"
    outputs: tuple[str, ...]  # names of values
    record: Mapping[str, Any]  # by Ultralytics' exporter: task, names, imgsz, ...; empty in other files

    @property
    @abstractmethod
    def convolutions(self) -> Mapping[str, str]:
        """The result's name of each convolution, by the path of its layer: "model.23.cv2.0.2"."""

    @property
    @abstractmethod
    def softmax_input(self) -> str | None:
        """The value before a softmax over classes that is the only output; None if there is none."""

    @abstractmethod
    def module(self, outputs: Sequence[str], size: tuple[int, int]) -> Any:
        """Return a torch module from [1, 3, H, W] to a tuple of these values. It runs known operators only.

        size: height and width of the input.

        Raises:
            UnsupportedModelError: The graph has operators that edgegen does not know; it names them.
        """


def stored_tensor(
    content: bytes | bytearray, dtype: str, sizes: Sequence[int], strides: Sequence[int], offset: int
) -> Any:
    """Return a tensor of stored bytes, or raise ValueError if it is much larger than they are.

    torch checks that sizes and strides stay within them.
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
