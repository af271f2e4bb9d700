"""Int8 by torchao's PT2E and ExecuTorch's quantizer for XNNPACK: weights a channel, activations a tensor.

The graph is rewritten for one subgraph before it is quantized (after, XNNPACK takes it in two, without in
fifteen), so that what is watched is what runs.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from edgegen.base import interruption
from edgegen.base.naming import how_many
from edgegen.base.progress import Progress
from edgegen.base.quiet import quiet
from edgegen.runtimes.executorch import annotation, bias, delegation, sensitivity
from edgegen.runtimes.executorch.borders import constants, open_borders
from edgegen.runtimes.executorch.lower import lowered, traced
from edgegen.runtimes.executorch.sparing import without_bookkeeping
from edgegen.runtimes.runtime import Bounds, Shapes

Float32 = npt.NDArray[np.float32]


class Int8:
    """A module whose ranges are seen, to be lowered in int8; `runtimes.runtime.Quantizer`."""

    def __init__(self, module: Any, input_hw: tuple[int, int], progress: Progress) -> None:
        """Trace the module. What torch raises comes through as it is."""
        import torch

        with quiet(), without_bookkeeping(), torch.no_grad():
            traces, self._shapes = traced(module, input_hw, progress)
            self._exported = traces.run_decompositions(delegation.activations())
            self._example = torch.zeros(1, 3, *input_hw)
            self._watching = self._prepared(())
            self.layers, self.float_layers = annotation.layers(self._watching)
        self.output_ranges: tuple[tuple[float, float], ...] = ()

    def watch(
        self,
        tensors: Callable[[], Iterator[Float32]],
        bounds: Bounds,
        progress: Progress,
        given: tuple[float, float] | None = None,
    ) -> None:
        """Run the module on input tensors and keep the least and the greatest value of everything.

        given: between which values any input lies, whatever is seen.
        """
        import torch

        progress.step("Watch the ranges of all layers")
        self._tensors, graph, watched = tensors, self._watching, 0
        with quiet(), without_bookkeeping(), torch.no_grad():
            for tensor in tensors():
                interruption.check()
                graph(torch.from_numpy(tensor))
                watched += 1
                progress.status(how_many(watched, "picture"))
            self._pictures = bias.pictures(graph, tensors, watched)
            self._means = bias.means(graph, self._pictures)
            if not self._pictures:
                progress.note(
                    "biases stay as they are: too few photos, or too large ones, for means of layers"
                )
            self._seen = {
                source: getattr(graph, str(node.target)) for source, node in annotation.observers(graph)
            }
            entry = str(next(node for node in graph.graph.nodes if node.op == "placeholder"))
            if given is not None and entry in self._seen:
                bound = self._seen[entry]
                bound.min_val, bound.max_val = (torch.tensor(each) for each in given)
            outputs = annotation.output_names(graph)
            self._places = bounds(len(outputs))
            for place, (low, high) in self._places.items():  # whatever was seen
                bound = self._seen[outputs[place]]
                bound.min_val, bound.max_val = torch.tensor(low), torch.tensor(high)
            self.output_ranges = tuple(_range(self._seen[name]) for name in outputs if name in self._seen)

    def lower(
        self, keep_float: Collection[str], progress: Progress, borders: Collection[int] | None = None
    ) -> tuple[bytes, Shapes]:
        """Return the program in int8 but for the layers that are to stay float32, and its outputs' shapes.

        With borders, these outputs are int8 themselves, and so is the input, where what lies there is.
        """
        import torch
        from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e

        with quiet(), without_bookkeeping(), torch.no_grad():
            progress.step("Lower to XNNPACK in int8")
            graph = self._prepared(keep_float)
            for source, node in annotation.observers(graph):
                setattr(graph, str(node.target), self._seen[source])
            graph, example, said = convert_pt2e(graph), self._example, None
            bias.correct(graph, self._means, self._pictures, progress)
            if borders is not None:
                given, gives = open_borders(graph, borders)
                example = example if given is None else example.to(torch.int8)
                said = constants(given, gives)
            exported = torch.export.export(graph, (example,))
            program = lowered(exported.run_decompositions(delegation.decompositions()), said)
        return program, self._shapes

    def costs(self, pictures: int, progress: Progress) -> Mapping[str, float]:
        """Return how much each layer alone, in int8, moves the outputs: 0 for nothing."""
        import torch

        with quiet(), torch.no_grad():
            graph = self._exported.module()
            given = (graph, self._seen, self._tensors, self._places, pictures, progress)
            return sensitivity.costs(*given, corrects=bool(self._pictures))

    def _prepared(self, keep_float: Collection[str]) -> Any:
        """Return the graph with an observer wherever a number is to become int8."""
        from torchao.quantization.pt2e.quantize_pt2e import prepare_pt2e

        return prepare_pt2e(self._exported.module(), annotation.annotator(keep_float))


def _range(observer: Any) -> tuple[float, float]:
    """Return the least and the greatest value that was seen."""
    return float(observer.min_val.min()), float(observer.max_val.max())
