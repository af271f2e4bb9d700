"""Recognize TorchScript archives by their members."""

from typing import Final

from edgegen.sources.file_formats import is_torchscript
from edgegen.sources.source import FileSource

SOURCE: Final = FileSource(
    "torchscript",
    "a TorchScript export of Ultralytics, or a traced classifier with --task and its preprocessing",
    is_torchscript,
    "edgegen.sources.torchscript.graph:open_file",
)
