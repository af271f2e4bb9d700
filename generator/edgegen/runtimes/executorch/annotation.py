"""Choose the values of a traced graph that become int8, and name its layers."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any, Final

# A sigmoid's range is always 0 to 1: use all 256 steps for it.
_SIGMOID_SCALE: Final = 1 / 256
_SIGMOID_ZERO: Final = -128
_EPS: Final = 2**-12  # the smallest scale, as in ExecuTorch's quantizer


def annotator(keep_float: Collection[str]) -> Any:
    """Return ExecuTorch's quantizer for XNNPACK, extended by sigmoids and by layers that stay float32."""
    import torch
    from executorch.backends.xnnpack.quantizer.xnnpack_quantizer import XNNPACKQuantizer
    from torchao.quantization.pt2e.quantizer import FixedQParamsQuantizationSpec, QuantizationAnnotation
    from torchao.quantization.pt2e.quantizer.quantizer import Q_ANNOTATION_KEY

    config = _configuration()
    sigmoids = FixedQParamsQuantizationSpec(
        dtype=torch.int8,
        scale=_SIGMOID_SCALE,
        zero_point=_SIGMOID_ZERO,
        quant_min=-128,
        quant_max=127,
        qscheme=torch.per_tensor_affine,
    )
    float_nodes = set[Any]()

    class Annotator(XNNPACKQuantizer):  # type: ignore[misc]
        """ExecuTorch's quantizer keeps sigmoids float32, which would convert every SiLU twice."""

        def annotate(self, model: Any) -> Any:
            float_nodes.update(_float_nodes(model.graph, keep_float))
            super().annotate(model)
            for node in model.graph.nodes:
                if node.target != torch.ops.aten.sigmoid.default or node in float_nodes:
                    continue
                node.meta[Q_ANNOTATION_KEY] = QuantizationAnnotation(
                    input_qspec_map={node.args[0]: config.input_activation},
                    output_qspec=sigmoids,
                    _annotated=True,
                )
                for user in node.users:
                    if Q_ANNOTATION_KEY in user.meta:
                        user.meta[Q_ANNOTATION_KEY].input_qspec_map[node] = sigmoids
            return model

    return Annotator().set_global(config).set_filter_function(lambda node: node not in float_nodes)


def _configuration() -> Any:
    """Return ExecuTorch's configuration, with observers of the least and greatest value.

    ExecuTorch's histograms minimize the error over all values and cut off the few large ones that make a
    detector confident. Scores then fall: decision 15 has the figures.
    """
    from executorch.backends.xnnpack.quantizer.xnnpack_quantizer import get_symmetric_quantization_config
    from torchao.quantization.pt2e import MinMaxObserver

    config = get_symmetric_quantization_config(is_per_channel=True)
    activations = replace(
        config.input_activation, observer_or_fake_quant_ctr=MinMaxObserver.with_args(eps=_EPS)
    )
    return replace(config, input_activation=activations, output_activation=activations)


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

    graph: a prepared one. Both are in execution order. XNNPACK lacks int8 for some layers, such as grouped
    transposed convolutions.
    """
    named = {layer(node): node for node in graph.graph.nodes if layer(node)}
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


def layer(node: Any) -> str:
    """Return the layer name of a node, taken from its weight; "" for a node without weights."""
    if node.target not in weighted_operators():
        return ""
    weight = node.args[1]
    while weight.op == "call_module":  # its observer
        weight = weight.args[0]
    name = str(weight.target)
    return name.removesuffix(".weight") if weight.op == "get_attr" and name.endswith(".weight") else ""


def _float_nodes(graph: Any, keep_float: Collection[str]) -> set[Any]:
    """Return the nodes that stay float32: the chosen layers and their activations."""
    import torch

    after = (torch.ops.aten.sigmoid.default, torch.ops.aten.mul.Tensor)
    nodes = set[Any]()
    for node in graph.nodes:
        given = node.all_input_nodes
        if layer(node) in keep_float or (node.target in after and given and nodes.issuperset(given)):
            nodes.add(node)
    return nodes
