"""Open classifiers of torch.onnx. The authority is ONNX Runtime on the file."""

from pathlib import Path
from typing import Any

import torch

from edgegen.base.errors import UnsupportedModelError
from edgegen.sources.described_classifier import (
    described_preprocessing,
    input_side,
    open_classifier,
    shape_in_words,
    sigmoid_error,
)
from edgegen.sources.description import Description
from edgegen.sources.image_classifier import Classifier, Origin
from edgegen.sources.onnx.graph import OnnxGraph, read_graph, run_file
from edgegen.sources.source import OpenedModel
from edgegen.sources.stored_tensors import FirstOutput
from edgegen.sources.ultralytics import exported_graph


def open_file(path: Path, description: Description) -> OpenedModel:
    """Open an export of Ultralytics, or a classifier. `read_graph` and the loaders name the errors."""
    graph = read_graph(path)
    return (exported_graph.load if graph.record else load)(graph, description)


def load(graph: OnnxGraph, description: Description) -> Classifier:
    """Open a graph that takes [N, 3, H, W] and returns [N, classes].

    Raises:
        InputError: Its classes have no names.
        UsageError: An option that describes it is missing.
        UnsupportedModelError: Its inputs, outputs or operators are not supported.
    """
    path = graph.path
    side = input_side(path, graph.input_shape, graph.input_dtype)
    if len(graph.outputs) != 1 or len(graph.output_shapes[0]) not in (0, 2):
        shapes = ", ".join(shape_in_words(shape) for shape in graph.output_shapes)
        raise UnsupportedModelError(
            f"the outputs {shapes} ({path.name})",
            "edgegen takes Ultralytics' exports of all tasks, and classifiers that return [N, classes]",
        )
    if graph.ends_in_sigmoid:
        raise sigmoid_error(path)
    how = described_preprocessing(path, description, side)
    logits = graph.module([graph.softmax_input or graph.outputs[0]], how.size)
    return open_classifier(
        path,
        description,
        how,
        FirstOutput(logits).eval(),
        Origin(
            library="onnxruntime",
            description=f"{path.name}, an ONNX model",
            docs="https://onnxruntime.ai/docs",
            engine=graph.engine,
        ),
        _probabilities(graph),
    )


def _probabilities(graph: OnnxGraph) -> Any:
    """Return a function from [1, 3, H, W] to probabilities [1, classes], by ONNX Runtime."""
    run, has_softmax = run_file(graph.path), graph.softmax_input is not None

    def probabilities(tensor: torch.Tensor) -> torch.Tensor:
        output = torch.from_numpy(run(tensor.numpy())[0])
        return output if has_softmax else output.softmax(dim=1)

    return probabilities
