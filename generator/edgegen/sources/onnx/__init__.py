"""Recognize `.onnx` files: Ultralytics' exports, and classifiers."""

from typing import Final

from edgegen.sources.file_formats import is_onnx
from edgegen.sources.source import FileSource

SOURCE: Final = FileSource(
    "onnx",
    "an ONNX model (.onnx): Ultralytics' export of any task, or a classifier with its description",
    is_onnx,
    "edgegen.sources.onnx.graph:open_file",
)
