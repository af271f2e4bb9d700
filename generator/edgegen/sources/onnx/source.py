"""Recognize `.onnx` files: Ultralytics' exports, and classifiers."""

import re
from pathlib import Path
from typing import Final

from edgegen.sources.source import FileSource

# ir_version, then another field of a ModelProto.
_START: Final = re.compile(rb"\x08[\x01-\x1f][\x12\x1a\x22\x28\x32\x3a\x42]")


def is_onnx(path: Path) -> bool:
    """Return whether a file begins like an ONNX model."""
    with path.open("rb") as file:
        return _START.match(file.read(3)) is not None


SOURCE: Final = FileSource(
    "onnx",
    "an ONNX model (.onnx): Ultralytics' export of any task, or a classifier with its description",
    is_onnx,
    "edgegen.sources.onnx.classifier:open_file",
)
