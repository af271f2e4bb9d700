"""Which numbers of a traced graph become int8, and what they are called."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any, Final

# A sigmoid's values lie between 0 and 1 whatever was seen: all 256 steps are spread over that.
_SIGMOID_SCALE: Final = 1 / 256
_SIGMOID_ZERO: Final = -128
_EPS: Final = 2**-12  # the least scale, as ExecuTorch's quantizer has it


def annotator(keep_float: Collection[str]) -> Any:
    """Return ExecuTorch's quantizer for XNNPACK; it leaves out some layers, and takes sigmoids too."""
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
    kept = set[Any]()

    class Annotator(XNNPACKQuantizer):  # type: ignore[misc]
        """ExecuTorch's own leaves sigmoids float32: every SiLU would go there and back."""

        def annotate(self, model: Any) -> Any:
            kept.update(_kept(model.graph, keep_float))
            super().annotate(model)
            for node in model.graph.nodes:
                if node.target != torch.ops.aten.sigmoid.default or node in kept:
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

    return Annotator().set_global(config).set_filter_function(lambda node: node not in kept)


def _configuration() -> Any:
    """Return ExecuTorch's own, with ranges from the least to the greatest value that is seen.

    Its histograms choose the range of least error over all values, and cut off the few large ones by which a
    detector is sure: scores fall (decision 15 has the figures).
    """
    from executorch.backends.xnnpack.quantizer.xnnpack_quantizer import get_symmetric_quantization_config
    from torchao.quantization.pt2e import MinMaxObserver

    config = get_symmetric_quantization_config(is_per_channel=True)
    activations = replace(
        config.input_activation, observer_or_fake_quant_ctr=MinMaxObserver.with_args(eps=_EPS)
    )
    return replace(config, input_activation=activations, output_activation=activations)


def observers(graph: Any) -> list[tuple[str, Any]]:
    """Return the observers of a prepared graph, each after the name of what it looks at."""
    return [
        (str(node.args[0]), node)
        for node in graph.graph.nodes
        if node.op == "call_module" and str(node.target).startswith("activation_post_process")
    ]


def output_names(graph: Any) -> list[str]:
    """Return the names of a prepared graph's outputs, before they are observed."""
    watching = {str(node): source for source, node in observers(graph)}
    outputs = next(node for node in graph.graph.nodes if node.op == "output").args[0]
    return [watching.get(str(each), str(each)) for each in outputs]


def layers(graph: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of what has weights and becomes int8, and of what stays float32.

    graph is a prepared one; both are in the order in which they run. Of transposed convolutions in groups,
    say, XNNPACK has none in int8.
    """
    named = {layer(node): node for node in graph.graph.nodes if layer(node)}
    taken = tuple(name for name, node in named.items() if node.args[1].op == "call_module")
    return taken, tuple(name for name in named if name not in taken)


def weighted() -> tuple[Any, ...]:
    """Return the operators that have weights."""
    import torch

    return (
        torch.ops.aten.conv2d.default,
        torch.ops.aten.conv_transpose2d.input,
        torch.ops.aten.linear.default,
    )


def layer(node: Any) -> str:
    """Return the name of the layer that a node is, after its weight; "" for what has none."""
    if node.target not in weighted():
        return ""
    weight = node.args[1]
    while weight.op == "call_module":  # its observer
        weight = weight.args[0]
    name = str(weight.target)
    return name.removesuffix(".weight") if weight.op == "get_attr" and name.endswith(".weight") else ""


def _kept(graph: Any, keep_float: Collection[str]) -> set[Any]:
    """Return the nodes that stay float32: the layers, and their activations."""
    import torch

    after = (torch.ops.aten.sigmoid.default, torch.ops.aten.mul.Tensor)
    found = set[Any]()
    for node in graph.nodes:
        given = node.all_input_nodes
        if layer(node) in keep_float or (node.target in after and given and found.issuperset(given)):
            found.add(node)
    return found
