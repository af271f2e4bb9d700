"""A torch module that runs an ONNX graph."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import torch

from edgegen.sources.onnx.operators import LAYERS, PARAMETERS, TENSOR_OPERATORS, Array, Node, upsampling
from edgegen.sources.stored_tensors import module_with_weights

_ARITHMETIC: Final = ("Add", "Sub", "Mul", "Div")
OPERATORS: Final = {**TENSOR_OPERATORS, **LAYERS}


def as_module(
    nodes: Sequence[Node], weights: Mapping[str, Array], input_name: str, outputs: Sequence[str]
) -> Any:
    """Return a module from the input to a tuple of the named values. Its weights are buffers."""
    parameters = [_parameters(node, weights) for node in nodes]
    used = _used_as_tensors(nodes, weights)
    arithmetic = _only_in_arithmetic(nodes)
    numbers = {name: weights[name].item() for name in used if not weights[name].ndim and name in arithmetic}
    tensors = {name: torch.from_numpy(np.array(weights[name])) for name in used if name not in numbers}
    layers = {
        place: layer for place, node in enumerate(nodes) if (layer := upsampling(node, parameters[place]))
    }

    def run(values: dict[str, Any], upsamplings: Sequence[Any], x: Any) -> tuple[Any, ...]:
        values.update({"": None, input_name: x, **numbers})
        layer_at = dict(zip(layers, upsamplings, strict=True))
        for place, node in enumerate(nodes):
            inputs = _inputs(node, parameters[place], values)
            result = layer_at[place](inputs[0]) if place in layer_at else OPERATORS[node.kind](node, *inputs)
            results = result if isinstance(result, (tuple, list)) else (result,)
            values.update(zip(node.outputs, results, strict=False))  # optional outputs are left out
        return tuple(values[name] for name in outputs)

    return module_with_weights(tensors, run, list(layers.values()))


def _used_as_tensors(nodes: Sequence[Node], weights: Mapping[str, Array]) -> list[str]:
    """Return the names of the weights that are inputs, apart from parameters, in the order of their use."""
    used: dict[str, None] = {}
    for node in nodes:
        parameter_places = PARAMETERS.get(node.kind, ())
        for place, name in enumerate(node.inputs):
            if name in weights and place not in parameter_places:
                used[name] = None
    return list(used)


def _only_in_arithmetic(nodes: Sequence[Node]) -> set[str]:
    """Return the names of the values that only operators of arithmetic use.

    A number is faster there than a tensor with one element, and all of a backend's arithmetic takes it.
    """
    in_arithmetic, elsewhere = set[str](), set[str]()
    for node in nodes:
        (in_arithmetic if node.kind in _ARITHMETIC else elsewhere).update(node.inputs)
    return in_arithmetic - elsewhere


def _inputs(node: Node, parameters: Sequence[Array | None], values: Mapping[str, Any]) -> list[Any]:
    """Return the inputs of an operator: parameters as numpy arrays, other inputs from the values."""
    parameter_places = PARAMETERS.get(node.kind, ())
    inputs: list[Any] = []
    for place, name in enumerate(node.inputs):
        if place in parameter_places:
            inputs.append(parameters[place])
        elif name in values:
            inputs.append(values[name])
        else:
            raise node.unsupported("an input that is another operator's second output")
    return inputs


def _parameters(node: Node, weights: Mapping[str, Array]) -> list[Array | None]:
    """Return the node's parameters by their places, at least five; None for other inputs.

    Raises:
        UnsupportedModelError: One is computed from the picture.
    """
    parameters: list[Array | None] = [None] * max(len(node.inputs), 5)
    for place in PARAMETERS.get(node.kind, ()):
        name = node.inputs[place] if place < len(node.inputs) else ""
        if name and name not in weights:
            raise node.unsupported("a parameter that is computed from the picture")
        parameters[place] = weights.get(name)
    return parameters
