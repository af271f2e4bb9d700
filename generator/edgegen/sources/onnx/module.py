"""A torch module that runs an ONNX graph."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import torch

from edgegen.sources.onnx.layers import LAYERS, upsampling
from edgegen.sources.onnx.node import Array, Node
from edgegen.sources.onnx.operators import PARAMETERS, TENSOR_OPERATORS
from edgegen.sources.stored_tensors import module_with_weights

_ARITHMETIC = ("Add", "Sub", "Mul", "Div")
OPERATORS: Final = {**TENSOR_OPERATORS, **LAYERS}


def as_module(
    nodes: Sequence[Node], weights: Mapping[str, Array], input_name: str, outputs: Sequence[str]
) -> Any:
    """Return a module from the input to a tuple of the named values. Its weights are buffers."""
    parameters = [_parameters(node, weights) for node in nodes]
    used = dict.fromkeys(
        name
        for node in nodes
        for place, name in enumerate(node.inputs)
        if name in weights and place not in PARAMETERS.get(node.kind, ())
    )
    # A number is faster than a tensor with one element, and all of a backend's arithmetic takes it.
    arithmetic = {name for node in nodes if node.kind in _ARITHMETIC for name in node.inputs}
    arithmetic -= {name for node in nodes if node.kind not in _ARITHMETIC for name in node.inputs}
    numbers = {name: weights[name].item() for name in used if not weights[name].ndim and name in arithmetic}
    tensors = {name: torch.from_numpy(np.array(weights[name])) for name in used if name not in numbers}
    layers = {
        place: layer for place, node in enumerate(nodes) if (layer := upsampling(node, parameters[place]))
    }

    def run(values: dict[str, Any], upsamplings: Sequence[Any], x: Any) -> tuple[Any, ...]:
        values.update({"": None, input_name: x, **numbers})
        own = dict(zip(layers, upsamplings, strict=True))
        for place, node in enumerate(nodes):
            wanted, given = PARAMETERS.get(node.kind, ()), parameters[place]
            if any(name not in values and i not in wanted for i, name in enumerate(node.inputs)):
                raise node.unsupported("an input that is another operator's second output")
            inputs = [given[i] if i in wanted else values[name] for i, name in enumerate(node.inputs)]
            result = own[place](inputs[0]) if place in own else OPERATORS[node.kind](node, *inputs)
            results = result if isinstance(result, (tuple, list)) else (result,)
            values.update(zip(node.outputs, results, strict=False))  # optional outputs are left out
        return tuple(values[name] for name in outputs)

    return module_with_weights(tensors, run, list(layers.values()))


def _parameters(node: Node, weights: Mapping[str, Array]) -> list[Array | None]:
    """Return the node's parameters by their places, at least five; None for other inputs.

    Raises:
        UnsupportedModelError: One is computed from the picture.
    """
    found: list[Array | None] = [None] * max(len(node.inputs), 5)
    for place in PARAMETERS.get(node.kind, ()):
        name = node.inputs[place] if place < len(node.inputs) else ""
        if name and name not in weights:
            raise node.unsupported("a parameter that is computed from the picture")
        found[place] = weights.get(name)
    return found
