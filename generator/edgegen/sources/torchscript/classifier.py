"""Open classifiers of TorchScript. The authority is torch.jit on the file, after the check of its code."""

from functools import cache
from pathlib import Path
from typing import Any

import torch

from edgegen.base.errors import UnsupportedModelError
from edgegen.base.quiet import quiet
from edgegen.sources.described_classifier import (
    described_preprocessing,
    input_side,
    open_classifier,
    sigmoid_error,
)
from edgegen.sources.description import Description
from edgegen.sources.image_classifier import Classifier, Origin, run_on_noise
from edgegen.sources.source import OpenedModel
from edgegen.sources.torchscript.graph import ScriptGraph, ends_in_softmax, read_graph
from edgegen.sources.torchscript.interpreter import Run
from edgegen.sources.ultralytics import exported_graph


def open_file(path: Path, description: Description) -> OpenedModel:
    """Open an export of Ultralytics, or a classifier. `read_graph` and the loaders name the errors."""
    graph = read_graph(path)
    return (exported_graph.load if graph.record else load)(graph, description)


def load(graph: ScriptGraph, description: Description) -> Classifier:
    """Open a graph that takes [N, 3, H, W] and returns [N, classes].

    Raises:
        InputError: Its classes have no names.
        UsageError: An option that describes it is missing.
        UnsupportedModelError: Its input or output is not supported, or torch.jit disagrees.
    """
    path = graph.path
    side = input_side(path, graph.input_shape, graph.input_dtype)
    if len(graph.outputs) != 1:
        count = len(graph.outputs) or "other"
        raise UnsupportedModelError(
            f"{count} outputs ({path.name})", "edgegen takes modules with one tensor out"
        )
    how = described_preprocessing(path, description, side)
    has_softmax = _ends_with_softmax(graph, how.size[0])

    def logits(run: Run) -> Any:
        """Return the output without a softmax at its end: `Classifier.module` adds it to logits."""
        return run.last.arguments[0] if has_softmax and run.last else run.output

    @cache
    def jit_module() -> Any:
        return load_jit(path)

    def probabilities(x: Any) -> Any:
        # Without the optimization of its first runs, which takes seconds and changes last bits.
        with quiet(), torch.jit.optimized_execution(False):  # type: ignore[attr-defined]
            output = jit_module()(x)
        return output if has_softmax else output.softmax(dim=1)

    return open_classifier(
        path,
        description,
        how,
        graph.run_as_module(logits, how.size),
        Origin(
            library="torch",
            description=f"{path.name}, a module of TorchScript",
            docs="https://docs.pytorch.org/docs/stable/jit.html",
            engine=graph.engine,
        ),
        probabilities,
    )


def load_jit(path: Path) -> Any:
    """Return the module of torch.jit. Only for archives that `graph.read_graph` has checked."""
    with quiet(), torch.inference_mode(False):
        module: Any = torch.jit.load(path, map_location="cpu")  # type: ignore[no-untyped-call]
    for parameter in module.parameters():
        parameter.requires_grad_(False)
    return module.eval()


def _ends_with_softmax(graph: ScriptGraph, side: int) -> bool:
    """Return whether the last operator is a softmax over the classes. Raise an error for a sigmoid."""
    runs = list[Run]()

    def output(run: Run) -> Any:
        runs.append(run)
        return run.output

    run_on_noise(graph.path, graph.run_as_module(output, (side, side)), side)
    last = runs[0].last
    if last is not None and last.name == "torch.sigmoid" and last.result is runs[0].output:
        raise sigmoid_error(graph.path)
    return ends_in_softmax(runs[0])
