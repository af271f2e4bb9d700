"""Open classifiers of TorchScript. The authority is torch.jit on the file, after the check of its code."""

from functools import cache
from pathlib import Path
from typing import Any, Final

from edgegen.base.errors import UnsupportedModelError
from edgegen.base.quiet import quiet
from edgegen.sources.described_classifier import (
    described_preprocessing,
    input_side,
    open_classifier,
    sigmoid_error,
)
from edgegen.sources.description import Description
from edgegen.sources.image_classifier import Classifier
from edgegen.sources.torchscript.graph import ScriptGraph
from edgegen.sources.torchscript.interpreter import Operation, Run

_FLOAT32: Final = 6  # of c10::ScalarType


def load(graph: ScriptGraph, description: Description) -> Classifier:
    """Open a graph that takes [N, 3, H, W] and returns [N, classes].

    Raises:
        InputError: Its classes have no names.
        UsageError: An option that describes it is missing.
        UnsupportedModelError: Its input or output is not supported, or torch.jit disagrees.
    """
    path = graph.path
    side = input_side(path, graph.input_shape, graph.input_dtype)
    how = described_preprocessing(path, description, side)
    if len(graph.outputs) != 1:
        count = len(graph.outputs) or "other"
        raise UnsupportedModelError(f"{count} outputs ({path.name})", "edgegen takes modules with one tensor out")
    had_softmax = set[bool]()

    def logits(run: Run) -> Any:
        """Return the output without a softmax at its end: `Classifier.module` adds it to logits."""
        last = run.last
        if last is None or last.result is not run.output:
            had_softmax.add(False)
            return run.output
        if last.name == "torch.sigmoid":
            raise sigmoid_error(path)
        had_softmax.add(_is_softmax(last))
        return last.arguments[0] if _is_softmax(last) else run.output

    @cache
    def jit_module() -> Any:
        return load_jit(path)

    def probabilities(x: Any) -> Any:
        with quiet():
            output = jit_module()(x)
        return output if True in had_softmax else output.softmax(dim=1)

    return open_classifier(
        path,
        description,
        how,
        graph.run_as_module(logits),
        library="torch",
        what=f"{path.name}, a module of TorchScript",
        docs="https://docs.pytorch.org/docs/stable/jit.html",
        probabilities=probabilities,
    )


def load_jit(path: Path) -> Any:
    """Return the module of torch.jit. Only for archives that `graph.read_graph` has checked."""
    import torch

    with quiet():
        return torch.jit.load(path, map_location="cpu").eval()  # type: ignore[no-untyped-call]


def _is_softmax(last: Operation) -> bool:
    match last.arguments:
        case [_, 1 | -1]:
            return last.name == "torch.softmax"
        case [_, 1 | -1, None | 6]:
            return last.name == "torch.softmax"
        case _:
            return False
