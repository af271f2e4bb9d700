"""Recognize torchvision's classifiers and SSDlite: by name, or the file of published weights."""

import re
from pathlib import Path
from typing import Final

from edgegen.base.progress import Progress
from edgegen.sources.description import Description
from edgegen.sources.source import DescribedFile, OpenedModel

PREFIX: Final = "torchvision:"
DETECTOR: Final = "ssdlite320_mobilenet_v3_large"
# resnet18-f37072fd.pth: an architecture, and the begin of the file's SHA-256.
_WEIGHTS_FILE: Final = re.compile(r"[a-z0-9_]+-[0-9a-f]{8}\.pth")


class PublishedFile(DescribedFile):
    """A file of weights that torchvision publishes."""

    def open(self, path: Path) -> OpenedModel:
        """Load the weights into their architecture."""
        from edgegen.sources.torchvision import classifier, ssdlite

        if path.name.startswith(f"{DETECTOR}_"):
            return ssdlite.load(path, self.description, "published weights")
        return classifier.load_published(path, self.description)


class TrainedFile(DescribedFile):
    """A state dict of the architecture that the description names."""

    def open(self, path: Path) -> OpenedModel:
        """Load the weights into the architecture."""
        from edgegen.sources.torchvision import classifier, ssdlite

        if self.description.architecture_name == DETECTOR:
            return ssdlite.load(path, self.description)
        return classifier.load_trained(path, self.description)


class NamedClassifier(PublishedFile):
    """An architecture with torchvision's default weights: `path` is its name, mobilenet_v3_small."""

    @property
    def path_on_disk(self) -> Path | None:
        """The file of the weights in torch's cache; None if it must be downloaded."""
        from edgegen.sources.torchvision import classifier

        path = classifier.cached_file(classifier.default_weights(self.path.name))
        return path if path.is_file() else None

    def file(self, progress: Progress, *, fetch: bool) -> Path:
        """Find or download the weights."""
        from edgegen.sources.torchvision import classifier

        return classifier.find_or_fetch(self.path.name, progress, fetch=fetch)


class Torchvision:
    """Recognizes torchvision's names and files."""

    name = "torchvision"
    architectures = True
    takes = (
        "a classifier of torchvision by its name, torchvision:mobilenet_v3_small, or a state dict with "
        "--arch torchvision:NAME; its detector ssdlite320_mobilenet_v3_large too"
    )

    def sniff(self, argument: str, path: Path, description: Description) -> DescribedFile | None:
        """Accept torchvision:NAME, published files by their name, and files with --arch torchvision:NAME."""
        if description.library == self.name:
            return TrainedFile(path, description) if path.is_file() else None
        if description.architecture:
            return None
        if argument.startswith(PREFIX):
            return NamedClassifier(Path(argument.removeprefix(PREFIX)), description)
        if path.is_file() and _WEIGHTS_FILE.fullmatch(path.name):
            return PublishedFile(path, description)
        return None


SOURCE: Final = Torchvision()
