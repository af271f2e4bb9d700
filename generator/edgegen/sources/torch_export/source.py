"""Recognize `.pt2` files of torch.export.save."""

import zipfile
from pathlib import Path
from typing import Final

from edgegen.sources.description import Description
from edgegen.sources.source import OpenableSource, OpenedModel


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
        if description.architecture or not path.is_file():
            return None
        try:
            if not zipfile.is_zipfile(path):
                return None
            with zipfile.ZipFile(path) as archive:
                inside = {name.partition("/")[2] for name in archive.namelist()}
        except Exception:  # zipfile raises many types for a damaged archive
            return None
        return ExportedProgramFile(path, description) if "models/model.json" in inside else None


SOURCE: Final = TorchExport()
