"""Measure the error of each layer in int8, while all others stay float32."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np

from edgegen.base import interruption
from edgegen.base.arrays import Float32
from edgegen.base.progress import Progress
from edgegen.base.text import how_many
from edgegen.runtimes.executorch import bias, graph_layers


def costs(
    graph: Any,
    observers: Mapping[str, Any],
    tensors: Callable[[], Iterator[Float32]],
    bounds: Mapping[int, tuple[float, float]],
    pictures: int,
    progress: Progress,
    *,
    corrects: bool,
) -> dict[str, float]:
    """Return for each layer the mean squared change of the outputs, relative to their variance.

    graph: the traced float32 graph. observers: by node name. bounds: the relevant range of some outputs,
    by index. With `corrects`, shifts of channel means do not count if the layer has a bias of its own.
    """
    import torch

    class Rounding(torch.fx.Interpreter):
        """Runs the graph with one layer's weight and result rounded to int8."""

        def __init__(self, rounded: str, means: Mapping[str, Any]) -> None:
            super().__init__(graph)
            self.rounded, self.means = rounded, means

        def run_node(self, n: Any) -> Any:
            value = super().run_node(n)
            observer = observers.get(str(n))
            if observer is None:
                return value
            if graph_layers.layer_name(n) == self.rounded:
                if corrects and bias.own_bias(graph, n):
                    value = bias.shift_means(self.means[str(n)], value, n)
                return _rounded(value, observer)
            is_weight = n.op == "get_attr" and str(n.target).removesuffix(".weight") == self.rounded
            return _rounded(value, observer) if is_weight else value

    inputs = [torch.from_numpy(each) for each in islice(tensors(), pictures)]
    targets = [_clamp(graph(each), bounds) for each in inputs]
    means = [bias.means(graph, [each]) for each in inputs]
    costs_by_layer = {}
    names = list(filter(None, map(graph_layers.layer_name, graph.graph.nodes)))
    for at, name in enumerate(names):
        interruption.check()
        progress.status(f"{at} of {how_many(len(names), 'layer')}")
        runs = [
            _clamp(Rounding(name, channel_means).run(each), bounds)
            for each, channel_means in zip(inputs, means, strict=True)
        ]
        costs_by_layer[name] = float(
            np.mean([_change(*pair, bounds) for pair in zip(runs, targets, strict=True)])
        )
    return costs_by_layer


def _clamp(outputs: Any, bounds: Mapping[int, tuple[float, float]]) -> list[Any]:
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


def _change(ours: Sequence[Any], theirs: Sequence[Any], bounds: Mapping[int, tuple[float, float]]) -> float:
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
