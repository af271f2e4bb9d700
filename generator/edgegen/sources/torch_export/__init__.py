"""Recognize `.pt2` files of torch.export.save by their members."""

from typing import Final

from edgegen.sources.file_formats import is_exported_program
from edgegen.sources.source import FileSource

SOURCE: Final = FileSource(
    "torch_export",
    "a classifier of torch.export.save (.pt2), with --task, --names and its preprocessing",
    is_exported_program,
    "edgegen.sources.torch_export.program:load",
)
