"""Recognize TorchScript archives by their members."""

from typing import Final

from edgegen.sources.source import FileSource
from edgegen.sources.zip_members import is_torchscript

SOURCE: Final = FileSource(
    "torchscript",
    "a TorchScript export of Ultralytics, or a traced classifier with --task and its preprocessing",
    is_torchscript,
    "edgegen.sources.torchscript.classifier:open_file",
)
