"""Recognize TorchScript archives."""

import zipfile
from pathlib import Path
from typing import Final

from edgegen.sources.description import Description
from edgegen.sources.source import OpenableSource, OpenedModel
from edgegen.sources.torchscript.archive import is_torchscript


class TorchScriptFile(OpenableSource):
    """A TorchScript archive on disk."""

    takes_description = True

    def open(self, path: Path) -> OpenedModel:
        """Read the archive without executing code from it."""
        from edgegen.sources.torchscript import classifier, graph

        read = graph.read_graph(path)
        if read.record:
            from edgegen.sources.ultralytics import exported_graph

            model: OpenedModel = exported_graph.load(read, self.description)
            return model
        return classifier.load(read, self.description)


class TorchScript:
    """Recognizes TorchScript archives."""

    name = "torchscript"
    takes = "a TorchScript export of Ultralytics, or a traced classifier with --task and its preprocessing"

    def sniff(self, argument: str, path: Path, description: Description) -> TorchScriptFile | None:
        """Accept zip archives with TorchScript's members."""
        if description.architecture or not path.is_file():
            return None
        try:
            if not zipfile.is_zipfile(path):
                return None
            with zipfile.ZipFile(path) as archive:
                names = archive.namelist()
        except Exception:  # zipfile raises many types for a damaged archive
            return None
        return TorchScriptFile(path, description) if is_torchscript(names) else None


SOURCE: Final = TorchScript()
