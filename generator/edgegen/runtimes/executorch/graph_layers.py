"""Layers and observers of a traced graph."""

from typing import Any


def observers(graph: Any) -> list[tuple[str, Any]]:
    """Return pairs (name of the observed node, observer node) of a prepared graph."""
    return [
        (str(node.args[0]), node)
        for node in graph.graph.nodes
        if node.op == "call_module" and str(node.target).startswith("activation_post_process")
    ]


def output_names(graph: Any) -> list[str]:
    """Return the names of a prepared graph's output nodes, without their observers."""
    sources = {str(node): source for source, node in observers(graph)}
    outputs = next(node for node in graph.graph.nodes if node.op == "output").args[0]
    return [sources.get(str(each), str(each)) for each in outputs]


def layers(graph: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of the layers with weights that become int8, and of those that stay float32.

    graph: a prepared one. Both are in execution order. A backend lacks int8 for some
    layers: XNNPACK for grouped transposed convolutions.
    """
    named = {layer_name(node): node for node in graph.graph.nodes if layer_name(node)}
    int8_layers = tuple(name for name, node in named.items() if node.args[1].op == "call_module")
    return int8_layers, tuple(name for name in named if name not in int8_layers)


def weighted_operators() -> tuple[Any, ...]:
    """Return the operators with weights."""
    import torch

    return (
        torch.ops.aten.conv2d.default,
        torch.ops.aten.conv_transpose2d.input,
        torch.ops.aten.linear.default,
    )


def layer_name(node: Any) -> str:
    """Return the name of a node's layer, taken from its weight; "" for a node without weights."""
    if node.target not in weighted_operators():
        return ""
    weight = node.args[1]
    while weight.op == "call_module":  # its observer
        weight = weight.args[0]
    name = str(weight.target)
    return name.removesuffix(".weight") if weight.op == "get_attr" and name.endswith(".weight") else ""
