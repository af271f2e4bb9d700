"""Recognize TorchScript archives by their members."""

from pathlib import Path
from typing import Final

from edgegen.sources.file_formats import is_torchscript
from edgegen.sources.source import DescribedFile, FileSource, OpenedModel


class TorchScriptFile(DescribedFile):
    """An archive of TorchScript."""

    def open(self, path: Path) -> OpenedModel:
        """Open an export of Ultralytics, or a classifier."""
        from edgegen.sources.torchscript.graph import open_file

        return open_file(path, self.description)


SOURCE: Final = FileSource(
    "torchscript",
    "a TorchScript export of Ultralytics, or a traced classifier with --task and its preprocessing",
    is_torchscript,
    TorchScriptFile,
)
