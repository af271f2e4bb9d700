"""Recognize `.pt2` files of torch.export.save by their members."""

from pathlib import Path
from typing import Final

from edgegen.sources.file_formats import is_exported_program
from edgegen.sources.source import DescribedFile, FileSource, OpenedModel


class ProgramFile(DescribedFile):
    """A program of torch.export."""

    def open(self, path: Path) -> OpenedModel:
        """Open a classifier."""
        from edgegen.sources.torch_export.program import load

        return load(path, self.description)


SOURCE: Final = FileSource(
    "torch_export",
    "a classifier of torch.export.save (.pt2), with --task, --names and its preprocessing",
    is_exported_program,
    ProgramFile,
)
