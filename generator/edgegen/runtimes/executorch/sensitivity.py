"""Measure the error of each layer in int8, while all others stay float32."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from edgegen.base import interruption
from edgegen.base.progress import Progress
from edgegen.base.text import how_many
from edgegen.runtimes.executorch import bias, graph_layers

Bounds = Mapping[int, tuple[float, float]]  # the relevant range of some outputs, by index


@dataclass(frozen=True)
class Int8Model:
    """A traced float32 graph, and what its int8 program is made from."""

    graph: Any
    observers: Mapping[str, Any]  # by node name
    bounds: Bounds
    corrects_biases: bool  # then shifts of channel means do not count in layers with a bias of their own


def costs(model: Int8Model, inputs: Sequence[Any], progress: Progress) -> dict[str, float]:
    """Return for each layer the mean squared change of the outputs, relative to their variance.

    inputs: tensors of torch [1, 3, H, W].
    """
    targets = [_clamp(model.graph(tensor), model.bounds) for tensor in inputs]
    means = [bias.means(model.graph, [tensor]) for tensor in inputs]
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


def _run_rounded(model: Int8Model, layer: str, channel_means: Mapping[str, Any], tensor: Any) -> Any:
    """Return the outputs for an input, with the weight and the result of one layer rounded to int8."""
    import torch

    class Rounding(torch.fx.Interpreter):
        def run_node(self, n: Any) -> Any:
            value = super().run_node(n)
            observer = model.observers.get(str(n))
            if observer is None:
                return value
            if graph_layers.layer_name(n) == layer:
                if model.corrects_biases and bias.own_bias(model.graph, n):
                    value = bias.shift_means(channel_means[str(n)], value, n)
                return _rounded(value, observer)
            is_weight = n.op == "get_attr" and str(n.target).removesuffix(".weight") == layer
            return _rounded(value, observer) if is_weight else value

    return Rounding(model.graph).run(tensor)


def _clamp(outputs: Any, bounds: Bounds) -> list[Any]:
    """Return the outputs, clamped to their relevant ranges."""
    tensors = outputs if isinstance(outputs, (tuple, list)) else (outputs,)
    return [each.clamp(*bounds[place]) if place in bounds else each for place, each in enumerate(tensors)]


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


def _change(ours: Sequence[Any], theirs: Sequence[Any], bounds: Bounds) -> float:
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
