"""Recognize `.onnx` files: Ultralytics' exports, and classifiers."""

from pathlib import Path
from typing import Final

from edgegen.sources.file_formats import is_onnx
from edgegen.sources.source import DescribedFile, FileSource, OpenedModel


class OnnxFile(DescribedFile):
    """An ONNX file."""

    def open(self, path: Path) -> OpenedModel:
        """Open an export of Ultralytics, or a classifier."""
        from edgegen.sources.onnx.graph import open_file

        return open_file(path, self.description)


SOURCE: Final = FileSource(
    "onnx",
    "an ONNX model (.onnx): Ultralytics' export of any task, or a classifier with its description",
    is_onnx,
    OnnxFile,
)
