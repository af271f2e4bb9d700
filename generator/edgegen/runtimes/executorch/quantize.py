"""Quantize to int8 with torchao's PT2E and ExecuTorch's quantizer: weights by channel, activations by tensor.

The graph is rewritten for XNNPACK first: it becomes one subgraph, and the observed graph is the one that
runs. Rewritten afterwards it becomes two subgraphs, not rewritten fifteen.

Biases are corrected so that layers in int8 keep their float32 means. Most values of SiLU are just below 0, on
one or two of the 256 steps. Rounding therefore shifts the sums of the next layer by nearly the same amount
everywhere, later layers add their own shift, and scores fall. A corrected bias restores each channel's
float32 mean over some pictures. Layers are corrected in execution order, with the corrected results of
earlier layers as input. This costs no time when the model runs.

Source: "empirical bias correction" of Nagel, van Baalen, Blankevoort, Welling: Data-Free Quantization Through
Weight Equalization and Bias Correction (2019), section 4.2 and appendix D.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import numpy as np

from edgegen.base import interruption
from edgegen.base.arrays import Float32
from edgegen.base.progress import Progress
from edgegen.base.quiet import quiet
from edgegen.base.text import how_many
from edgegen.runtimes.backend import Backend
from edgegen.runtimes.executorch import graph_layers
from edgegen.runtimes.executorch.fast_lowering import fast_lowering
from edgegen.runtimes.executorch.int8_io import constants, remove_io_quantizers
from edgegen.runtimes.executorch.lower import lower_graph, trace
from edgegen.runtimes.runtime import Bounds, Shapes

_Ranges = Mapping[int, tuple[float, float]]  # the relevant range of some outputs, by index
_MOST_PICTURES: Final = 32  # for the means of layers
_LEAST_PICTURES: Final = 4
# Bytes of the largest layer result over all pictures. About three such results exist at a time.
_ROOM: Final = 256 << 20


class Int8Quantizer:
    """Quantizes a module to int8; see `runtimes.runtime.Quantizer`."""

    def __init__(self, module: Any, input_hw: tuple[int, int], backend: Backend, progress: Progress) -> None:
        """Trace the module. Errors of torch are not wrapped."""
        import torch

        self._backend = backend
        with quiet(), fast_lowering(), torch.no_grad():
            rewritten = backend.rewrite(module, int8=True)
            graph, self._shapes = trace(rewritten, input_hw, backend, progress)
            self._exported = graph.run_decompositions(dict(backend.decompositions_before_int8()))
            self._example = torch.zeros(1, 3, *input_hw)
            self._prepared_graph = self._prepare(())
            self.layers, self.float_layers = graph_layers.layers(self._prepared_graph)
        self.output_ranges: tuple[tuple[float, float], ...] = ()

    def observe(
        self,
        tensors: Callable[[], Iterator[Float32]],
        bounds: Bounds,
        progress: Progress,
        input_range: tuple[float, float] | None = None,
    ) -> None:
        """Run the module on input tensors and record the least and the greatest value of every node."""
        import torch

        progress.step("Observe the ranges of all layers")
        graph, count = self._prepared_graph, 0
        with quiet(), fast_lowering(), torch.no_grad():
            for count, tensor in enumerate(tensors(), start=1):
                interruption.check()
                graph(torch.from_numpy(tensor))
                progress.status(how_many(count, "picture"))
            self._tensors, self._pictures = tensors, pictures_for_means(graph, tensors, count)
            self._means = _channel_means(graph, self._pictures)
        if not self._pictures:
            progress.note(
                "biases are not corrected: the photos are too few or too large to compute means of layers"
            )
        self._observers = {
            source: getattr(graph, str(node.target)) for source, node in graph_layers.observers(graph)
        }
        # Known ranges replace the observed ones of the input and of some outputs.
        observers = self._observers
        entry = str(next(node for node in graph.graph.nodes if node.op == "placeholder"))
        if input_range is not None and entry in observers:
            _set_range(observers[entry], *input_range)
        outputs = graph_layers.output_names(graph)
        self._bounds = bounds(len(outputs))
        for place, bound in self._bounds.items():
            if outputs[place] in observers:  # else the output stays float32
                _set_range(observers[outputs[place]], *bound)
        of_outputs = [observers[name] for name in outputs if name in observers]
        self.output_ranges = tuple(
            (float(observer.min_val.min()), float(observer.max_val.max())) for observer in of_outputs
        )

    def lower(
        self, keep_float: Collection[str], progress: Progress, int8_outputs: Collection[int] | None = None
    ) -> tuple[bytes, Shapes]:
        """Return the program in int8, with the layers of keep_float in float32, and its outputs' shapes."""
        import torch
        from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e

        with quiet(), fast_lowering(), torch.no_grad():
            progress.step(f"Lower to {self._backend.title} in int8")
            graph = self._prepare(keep_float)
            for source, node in graph_layers.observers(graph):
                setattr(graph, str(node.target), self._observers[source])
            graph, example, declared = convert_pt2e(graph), self._example, None
            correct_biases(graph, self._means, self._pictures, progress)
            if int8_outputs is not None:
                input_steps, output_steps = remove_io_quantizers(graph, int8_outputs)
                example = example if input_steps is None else example.to(torch.int8)
                declared = constants(input_steps, output_steps)
            exported = torch.export.export(graph, (example,))
            exported = exported.run_decompositions(dict(self._backend.decompositions()))
            program = lower_graph(exported, self._backend, declared)
        return program, self._shapes

    def costs(self, pictures: int, progress: Progress) -> Mapping[str, float]:
        """Return by layer the change of the outputs, over some pictures, if only that layer is int8."""
        import torch

        with quiet(), torch.no_grad():
            model = _Int8Model(
                graph=self._exported.module(),
                observers=self._observers,
                bounds=self._bounds,
                corrects_biases=bool(self._pictures),
            )
            inputs = [torch.from_numpy(tensor) for tensor in islice(self._tensors(), pictures)]
            return _layer_costs(model, inputs, progress)

    def _prepare(self, keep_float: Collection[str]) -> Any:
        """Return the graph with an observer at every value that becomes int8."""
        from torchao.quantization.pt2e.quantize_pt2e import prepare_pt2e

        return prepare_pt2e(self._exported.module(), self._backend.annotator(keep_float))


def pictures_for_means(graph: Any, tensors: Callable[[], Iterator[Float32]], observed: int) -> list[Any]:
    """Return input tensors for the means, equally spaced among the observed ones, as memory allows.

    Return [] if they are too few for a mean: biases are not corrected then.
    """
    import torch

    results = [node.meta.get("val") for node in graph.graph.nodes if node.op == "call_function"]
    largest = max(each.numel() for each in results if isinstance(each, torch.Tensor)) * 4
    count = min(_MOST_PICTURES, _ROOM // largest, observed)
    if count < _LEAST_PICTURES:
        return []
    chosen = {each * observed // count for each in range(count)}
    return [torch.from_numpy(each) for at, each in enumerate(tensors()) if at in chosen]


def correct_biases(
    graph: Any, target_means: Mapping[str, Any], inputs: Sequence[Any], progress: Progress
) -> None:
    """Correct the biases of a converted graph to the means `target_means`.

    Runs all pictures node by node, so that each layer is corrected before the next one runs. This includes
    float32 layers, which get int8 inputs. Layers without a bias, or with a shared one, are skipped.
    """
    import torch

    if not inputs:
        return
    runner = torch.fx.Interpreter(graph)
    nodes = list(graph.graph.nodes)
    last_user = {source: node for node in nodes for source in node.all_input_nodes}
    corrected = 0
    values: dict[Any, list[Any]] = {}  # by node: one value a picture, or one for all if it is constant
    for node in nodes:
        interruption.check()
        if node.op == "output":
            return
        values[node] = _values_of(runner, node, inputs, values)
        bias = _own_bias(graph, node)
        if bias and str(node) in target_means:
            shift = target_means[str(node)] - torch.stack(
                [_channel_mean(each, node) for each in values[node]]
            ).mean(0)
            _replace_bias(graph, bias, shift)
            for each in values[node]:
                each += _along_channels(shift, node)
            corrected += 1
            progress.status(f"biases of {how_many(corrected, 'layer')}")
        for each in node.all_input_nodes:
            if last_user[each] is node:
                del values[each]


def _channel_means(graph: Any, inputs: Sequence[Any]) -> dict[str, Any]:
    """Return the mean of each channel of each layer's result over all pictures, by node name.

    graph: a traced or prepared one, run in float32. Its observers are skipped.
    """
    import torch

    values_by_picture: dict[str, list[Any]] = {}

    class Averaging(torch.fx.Interpreter):
        def run_node(self, n: Any) -> Any:
            if n.op == "call_module":
                return self.fetch_args_kwargs_from_env(n)[0][0]
            value = super().run_node(n)
            if n.target in graph_layers.weighted_operators():
                values_by_picture.setdefault(str(n), []).append(_channel_mean(value, n))
            return value

    for each in inputs:
        interruption.check()
        Averaging(graph).run(each)
    return {name: torch.stack(each).mean(0) for name, each in values_by_picture.items()}


def _channel_mean(value: Any, node: Any) -> Any:
    """Return the mean of each channel [C] of a layer's result."""
    import torch

    if node.target == torch.ops.aten.linear.default:
        return value.reshape(-1, value.shape[-1]).mean(0)
    return value.mean(dim=(0, 2, 3))


def _set_range(observer: Any, low: float, high: float) -> None:
    """Replace the observed range."""
    import torch

    observer.min_val, observer.max_val = torch.tensor(low), torch.tensor(high)


@dataclass(frozen=True)
class _Int8Model:
    """A traced float32 graph, and what its int8 program is made from."""

    graph: Any
    observers: Mapping[str, Any]  # by node name
    bounds: _Ranges
    corrects_biases: bool  # then shifts of channel means do not count in layers with a bias of their own


def _layer_costs(model: _Int8Model, inputs: Sequence[Any], progress: Progress) -> dict[str, float]:
    """Return for each layer the mean squared change of the outputs, relative to their variance.

    inputs: tensors of torch [1, 3, H, W].
    """
    targets = [_clamp(model.graph(tensor), model.bounds) for tensor in inputs]
    means = [_channel_means(model.graph, [tensor]) for tensor in inputs]
    costs_by_layer = {}
    names = list(filter(None, map(graph_layers.layer_name, model.graph.graph.nodes)))
    for number, name in enumerate(names):
        interruption.check()
        progress.status(f"{number} of {how_many(len(names), 'layer')}")
        changes = []
        for tensor, target, channel_means in zip(inputs, targets, means, strict=True):
            outputs = _run_rounded(model, name, channel_means, tensor)
            changes.append(_change(_clamp(outputs, model.bounds), target, model.bounds))
        costs_by_layer[name] = float(np.mean(changes))
    return costs_by_layer


def _clamp(outputs: Any, bounds: _Ranges) -> list[Any]:
    """Return the outputs, clamped to their relevant ranges."""
    tensors = outputs if isinstance(outputs, (tuple, list)) else (outputs,)
    return [each.clamp(*bounds[place]) if place in bounds else each for place, each in enumerate(tensors)]


def _run_rounded(model: _Int8Model, layer: str, channel_means: Mapping[str, Any], tensor: Any) -> Any:
    """Return the outputs for an input, with the weight and the result of one layer rounded to int8."""
    import torch

    class Rounding(torch.fx.Interpreter):
        def run_node(self, n: Any) -> Any:
            value = super().run_node(n)
            observer = model.observers.get(str(n))
            if observer is None:
                return value
            if graph_layers.layer_name(n) == layer:
                if model.corrects_biases and _own_bias(model.graph, n):
                    shift = channel_means[str(n)] - _channel_mean(value, n)
                    value = value + _along_channels(shift, n)
                return _rounded(value, observer)
            is_weight = n.op == "get_attr" and str(n.target).removesuffix(".weight") == layer
            return _rounded(value, observer) if is_weight else value

    return Rounding(model.graph).run(tensor)


def _own_bias(graph: Any, node: Any) -> str:
    """Return the name of a layer's bias if no other layer uses it, else ""."""
    bias = node.args[2] if node.target in graph_layers.weighted_operators() and len(node.args) > 2 else None
    if bias is None or bias.op != "get_attr":
        return ""
    users = [user for other in graph.graph.nodes if other.target == bias.target for user in other.users]
    return str(bias.target) if len(users) == 1 else ""


def _along_channels(channels: Any, node: Any) -> Any:
    """Return [C] in a shape that broadcasts to a layer's result."""
    import torch

    return channels if node.target == torch.ops.aten.linear.default else channels.reshape(1, -1, 1, 1)


def _rounded(value: Any, observer: Any) -> Any:
    """Return the values after rounding to int8 and back."""
    import torch

    scale, zero = observer.calculate_qparams()
    low, high = observer.quant_min, observer.quant_max
    if scale.numel() > 1:
        return torch.fake_quantize_per_channel_affine(
            value, scale, zero.to(torch.int32), observer.ch_axis, low, high
        )
    return torch.fake_quantize_per_tensor_affine(value, scale, zero.to(torch.int32), low, high)


def _change(ours: Sequence[Any], theirs: Sequence[Any], bounds: _Ranges) -> float:
    """Return the mean squared difference of outputs, relative to the variance of each.

    If the relevant part of an output is constant, because the picture shows no object, a hundredth of its
    range replaces the standard deviation.
    """
    changes = []
    for place, (one, other) in enumerate(zip(ours, theirs, strict=True)):
        low, high = bounds.get(place, (0.0, 0.0))
        least = max(((high - low) / 100) ** 2, 1e-12)
        changes.append(float(((one - other) ** 2).mean() / other.var().clamp(min=least)))
    return float(np.mean(changes))


def _values_of(runner: Any, node: Any, inputs: Sequence[Any], values: Mapping[Any, list[Any]]) -> list[Any]:
    """Return a node's value for each picture."""
    if node.op == "placeholder":
        return list(inputs)
    count = max((len(values[each]) for each in node.all_input_nodes), default=1)
    values_by_picture = []
    for picture in range(count):
        runner.env = {each: values[each][picture % len(values[each])] for each in node.all_input_nodes}
        args, kwargs = runner.fetch_args_kwargs_from_env(node)
        values_by_picture.append(getattr(runner, node.op)(node.target, args, kwargs))
    return values_by_picture


def _replace_bias(graph: Any, name: str, shift: Any) -> None:
    """Replace a bias by the shifted one in a new parameter, because other graphs share the old one."""
    import torch

    *path, last = name.split(".")
    holder = graph.get_submodule(".".join(path))
    bias = getattr(holder, last)
    delattr(holder, last)
    holder.register_parameter(last, torch.nn.Parameter(bias.detach() + shift, requires_grad=False))
