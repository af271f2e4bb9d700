"""A torch module that runs an ONNX graph."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from edgegen.sources.onnx.layers import LAYERS, upsampling
from edgegen.sources.onnx.operators import PARAMETERS, TENSOR_OPERATORS, Array, Node

_RUN = {**TENSOR_OPERATORS, **LAYERS}


def as_module(
    nodes: Sequence[Node], weights: Mapping[str, Array], input_name: str, outputs: Sequence[str]
) -> Any:
    """Return a module from the input to a tuple of the named values. Its weights are buffers."""
    import torch

    class OnnxModule(torch.nn.Module):
        """Runs the nodes one after the other."""

        def __init__(self) -> None:
            super().__init__()
            self.numbers: dict[str, float] = {}
            self.buffer_names: dict[str, str] = {}
            self.parameters_of: dict[str, list[Array | None]] = {}
            self.upsamplings = torch.nn.ModuleDict()
            for place, node in enumerate(nodes):
                self._prepare(place, node)

        def _prepare(self, place: int, node: Node) -> None:
            """Read the node's parameters, and register its weights."""
            wanted = PARAMETERS.get(node.kind, ())
            values: list[Array | None] = [None] * len(node.inputs)
            for index, name in enumerate(node.inputs):
                if name and index in wanted:
                    values[index] = _parameter(node, name, weights)
                elif name in weights:
                    self._register(name)
            self.parameters_of[str(place)] = values
            if node.kind == "Resize":
                scales, sizes = [*values, None, None, None][2:4]
                layer = upsampling(node, scales, sizes)
                if layer is not None:
                    self.upsamplings[str(place)] = layer

        def _register(self, name: str) -> None:
            if name in self.buffer_names:
                return
            weight = np.array(weights[name])  # strides of 0 are not supported
            if weight.ndim == 0:  # a number is faster than a tensor of one element
                self.numbers[name] = weight.item()
                return
            self.buffer_names[name] = f"weight{len(self.buffer_names)}"
            self.register_buffer(self.buffer_names[name], torch.from_numpy(weight))

        def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
            values: dict[str, Any] = {input_name: x, **self.numbers}
            values.update({name: getattr(self, buffer) for name, buffer in self.buffer_names.items()})
            for place, node in enumerate(nodes):
                if str(place) in self.upsamplings:
                    result = self.upsamplings[str(place)](values[node.inputs[0]])
                else:
                    result = self._result(node, self.parameters_of[str(place)], values)
                results = result if isinstance(result, (tuple, list)) else (result,)
                values.update(zip(node.outputs, results, strict=False))  # optional outputs are left out
            return tuple(values[name] for name in outputs)

        @staticmethod
        def _result(node: Node, parameters: Sequence[Array | None], values: Mapping[str, Any]) -> Any:
            wanted = PARAMETERS.get(node.kind, ())
            inputs = [
                parameters[index] if index in wanted else values[name] if name else None
                for index, name in enumerate(node.inputs)
            ]
            return _RUN[node.kind](node, *inputs)

    return OnnxModule().eval()


def _parameter(node: Node, name: str, weights: Mapping[str, Array]) -> Array:
    if name not in weights:
        raise node.unsupported("a parameter that is computed from the picture")
    return weights[name]
