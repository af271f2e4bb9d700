"""Recognize `.onnx` files: Ultralytics' exports, and classifiers."""

import re
from pathlib import Path
from typing import Final

from edgegen.sources.description import Description
from edgegen.sources.source import OpenableSource, OpenedModel

# ir_version, then another field of a ModelProto.
_START: Final = re.compile(rb"\x08[\x01-\x1f][\x12\x1a\x22\x28\x32\x3a\x42]")


def is_onnx(start: bytes) -> bool:
    """Return whether a file begins like an ONNX model."""
    return _START.match(start) is not None


class OnnxFile(OpenableSource):
    """An ONNX model on disk."""

    takes_description = True

    def open(self, path: Path) -> OpenedModel:
        """Read the graph as data."""
        from edgegen.sources.onnx import classifier
        from edgegen.sources.onnx.graph import read_graph
        from edgegen.sources.ultralytics import exported_graph

        graph = read_graph(path)
        if graph.record:
            return exported_graph.load(graph, self.description)
        return classifier.load(graph, self.description)


class Onnx:
    """Recognizes ONNX models by their first bytes."""

    name = "onnx"
    takes = "an ONNX model (.onnx): Ultralytics' export of any task, or a classifier with its description"

    def sniff(self, argument: str, path: Path, description: Description) -> OnnxFile | None:
        """Accept files that begin like an ONNX model."""
        if description.architecture or not path.is_file():
            return None
        with path.open("rb") as file:
            return OnnxFile(path, description) if is_onnx(file.read(3)) else None


SOURCE: Final = Onnx()
