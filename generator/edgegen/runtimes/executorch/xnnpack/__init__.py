"""The backend XNNPACK: the rewrites and int8 rules that let it run a whole model."""

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any, Final

from edgegen.model.precision import FLOAT32, INT8
from edgegen.runtimes.backend import Backend, Decompositions
from edgegen.runtimes.executorch.graph_layers import layer_name
from edgegen.runtimes.executorch.xnnpack import rewrites

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


class Xnnpack(Backend):
    """Runs a model as one subgraph, if its operators allow it."""

    name = "xnnpack"
    title = "XNNPACK"
    delegates = ("XnnpackBackend",)
    precisions: tuple[str, ...] = (FLOAT32, INT8)

    def partitioner(self) -> Any:
        """Return ExecuTorch's partitioner, extended by int8 sigmoids.

        ExecuTorch accepts only float32 sigmoids; XNNPACK has int8 ones too, as a table of 256 values.
        """
        from executorch.backends.xnnpack.partition.config import ALL_PARTITIONER_CONFIGS
        from executorch.backends.xnnpack.partition.config.generic_node_configs import SigmoidConfig
        from executorch.backends.xnnpack.partition.config.xnnpack_config import ConfigPrecisionType
        from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner

        class Sigmoid(SigmoidConfig):  # type: ignore[misc]
            """A sigmoid in float32 or in int8."""

            def supported_precision_types(self) -> list[Any]:
                return [ConfigPrecisionType.FP32, ConfigPrecisionType.STATIC_QUANT]

        return XnnpackPartitioner(
            [Sigmoid if each is SigmoidConfig else each for each in ALL_PARTITIONER_CONFIGS]
        )

    def rewrite(self, module: Any, *, int8: bool) -> Any:
        """Replace upsampling by matrix products, and in float32 the head of depth models."""
        rewritten = module if int8 else rewrites.rewrite_upsampling_heads(module)
        return rewrites.with_products_for_upsampling(rewritten)

    def rewrite_traced(self, exported: Any) -> Any:
        """Replace the sampling of deformable attention by matrix products."""
        from edgegen.runtimes.executorch.xnnpack import sampling

        return sampling.with_products_for_sampling(exported)

    def decompositions(self) -> Decompositions:
        """Return the replacements of splits and batched matrix products."""
        from edgegen.runtimes.executorch.xnnpack import decompositions

        return decompositions.of_splits_and_products()

    def decompositions_before_int8(self) -> Decompositions:
        """Return the replacement of SiLU."""
        from edgegen.runtimes.executorch.xnnpack import decompositions

        return decompositions.before_int8()

    def decompositions_before_lowering(self) -> Decompositions:
        """Return the replacements of activations, normalization and attention."""
        from edgegen.runtimes.executorch.xnnpack import decompositions

        return decompositions.before_lowering()

    annotator = staticmethod(annotator)


class XnnpackForAvx2(Xnnpack):
    """The same in float32, faster on x86 processors without AVX-512: decision 40."""

    name = "xnnpack-avx2"
    title = "XNNPACK for AVX2"
    precisions = (FLOAT32,)

    def improves(self, make_module: Callable[[], Any]) -> bool:
        """Return whether the module has a convolution that the rewrite makes faster."""
        from edgegen.runtimes.executorch.xnnpack import shifted_columns

        return shifted_columns.pays(make_module())

    def rewrite_traced(self, exported: Any) -> Any:
        """Replace 3x3 convolutions by 1x1 convolutions of shifted columns."""
        from edgegen.runtimes.executorch.xnnpack import shifted_columns

        return shifted_columns.with_shifted_columns(super().rewrite_traced(exported))


BACKEND: Final[Backend] = Xnnpack()
AVX2: Final[Backend] = XnnpackForAvx2()
