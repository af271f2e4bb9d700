"""Choose the values of a traced graph that become int8."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any, Final

from edgegen.runtimes.executorch.graph_layers import layer_name

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


def _float_nodes(graph: Any, keep_float: Collection[str]) -> set[Any]:
    """Return the nodes that stay float32: the chosen layers and their activations."""
    import torch

    after = (torch.ops.aten.sigmoid.default, torch.ops.aten.mul.Tensor)
    nodes = set[Any]()
    for node in graph.nodes:
        given = node.all_input_nodes
        if layer_name(node) in keep_float or (node.target in after and given and nodes.issuperset(given)):
            nodes.add(node)
    return nodes
