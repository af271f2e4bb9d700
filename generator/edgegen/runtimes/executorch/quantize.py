"""Quantize to int8 with torchao's PT2E and ExecuTorch's quantizer: weights by channel, activations by tensor.

The graph is rewritten for XNNPACK first: it becomes one subgraph, and the observed graph is the one that
runs. Rewritten afterwards it becomes two subgraphs, not rewritten fifteen.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import islice
from typing import Any

from edgegen.base import interruption
from edgegen.base.arrays import Float32
from edgegen.base.progress import Progress
from edgegen.base.quiet import quiet
from edgegen.base.text import how_many
from edgegen.runtimes.backend import Backend
from edgegen.runtimes.executorch import bias, graph_layers, sensitivity
from edgegen.runtimes.executorch.borders import constants, remove_border_quantizers
from edgegen.runtimes.executorch.fast_lowering import fast_lowering
from edgegen.runtimes.executorch.lower import lower_graph, trace
from edgegen.runtimes.runtime import Bounds, Shapes


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
            self._tensors, self._pictures = tensors, bias.pictures(graph, tensors, count)
            self._means = bias.means(graph, self._pictures)
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
            _set_range(observers[outputs[place]], *bound)
        of_outputs = [observers[name] for name in outputs if name in observers]
        self.output_ranges = tuple(
            (float(observer.min_val.min()), float(observer.max_val.max())) for observer in of_outputs
        )

    def lower(
        self, keep_float: Collection[str], progress: Progress, borders: Collection[int] | None = None
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
            bias.correct(graph, self._means, self._pictures, progress)
            if borders is not None:
                input_steps, output_steps = remove_border_quantizers(graph, borders)
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
            model = sensitivity.Int8Model(
                graph=self._exported.module(),
                observers=self._observers,
                bounds=self._bounds,
                corrects_biases=bool(self._pictures),
            )
            inputs = [torch.from_numpy(tensor) for tensor in islice(self._tensors(), pictures)]
            return sensitivity.costs(model, inputs, progress)

    def _prepare(self, keep_float: Collection[str]) -> Any:
        """Return the graph with an observer at every value that becomes int8."""
        from torchao.quantization.pt2e.quantize_pt2e import prepare_pt2e

        return prepare_pt2e(self._exported.module(), self._backend.annotator(keep_float))


def _set_range(observer: Any, low: float, high: float) -> None:
    """Replace the observed range."""
    import torch

    observer.min_val, observer.max_val = torch.tensor(low), torch.tensor(high)
