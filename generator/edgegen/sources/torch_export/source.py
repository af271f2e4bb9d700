"""Recognize `.pt2` files of torch.export.save."""

from pathlib import Path
from typing import Final

from edgegen.sources.description import Description
from edgegen.sources.source import OpenableSource, OpenedModel
from edgegen.sources.zip_members import is_exported_program, zip_members


class ExportedProgramFile(OpenableSource):
    """A program of torch.export on disk."""

    takes_description = True

    def open(self, path: Path) -> OpenedModel:
        """Load the program without executing code from it."""
        from edgegen.sources.torch_export import classifier

        return classifier.load(path, self.description)


class TorchExport:
    """Recognizes archives of torch.export."""

    name = "torch_export"
    takes = "a classifier of torch.export.save (.pt2), with --task, --names and its preprocessing"

    def sniff(self, argument: str, path: Path, description: Description) -> ExportedProgramFile | None:
        """Accept zip archives with a program of torch.export."""
        if description.architecture or not is_exported_program(zip_members(path)):
            return None
        return ExportedProgramFile(path, description)


SOURCE: Final = TorchExport()
