"""Recognize TorchScript archives."""

from pathlib import Path
from typing import Final

from edgegen.sources.description import Description
from edgegen.sources.source import OpenableSource, OpenedModel
from edgegen.sources.zip_members import is_torchscript, zip_members


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
        if description.architecture or not is_torchscript(zip_members(path)):
            return None
        return TorchScriptFile(path, description)


SOURCE: Final = TorchScript()
