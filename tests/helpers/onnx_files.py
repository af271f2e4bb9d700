"""ONNX files: classifiers of torch.onnx, and graphs of single operators."""

import contextlib
import io
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tests.helpers.exported_programs import small_classifier


def save_onnx(path: Path, module: Any, *, side: int = 64, batch: int = 1, **options: Any) -> Path:
    """Export a module for pictures of this size. options: those of torch.onnx.export."""
    import torch

    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        example = torch.rand(batch, 3, side, side)
        torch.onnx.export(module.eval(), example, path, **{"dynamo": False} | options)
    return path


def save_classifier(path: Path, *more_layers: Any, **options: Any) -> Path:
    """Export the small classifier and further layers."""
    import torch

    return save_onnx(path, torch.nn.Sequential(small_classifier(), *more_layers), **options)


def save_operator(
    path: Path,
    kind: str,
    attributes: Mapping[str, Any] | None = None,
    *constants: np.ndarray[Any, Any] | None,
    shape: Sequence[int] = (1, 3, 8, 10),
    opset: int = 17,
    domain: str = "",
    outputs: int = 1,
) -> Path:
    """Write a graph with one operator on the input. constants: its other inputs; None leaves one out."""
    import onnx
    from onnx import helper

    names = ["x", *("" if each is None else f"constant{place}" for place, each in enumerate(constants))]
    stored = [
        onnx.numpy_helper.from_array(each, name)
        for name, each in zip(names[1:], constants, strict=True)
        if each is not None
    ]
    results = [f"y{place}" for place in range(outputs)]
    node = helper.make_node(kind, names, results, "the node", domain=domain, **(attributes or {}))
    graph = helper.make_graph(
        [node],
        "graph",
        [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, list(shape))],
        [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in results],
        stored,
    )
    opsets = [helper.make_opsetid("", opset), *([helper.make_opsetid(domain, 1)] if domain else [])]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    onnx.save(onnx.shape_inference.infer_shapes(model), path)
    return path
