"""The source of timm's classifiers (PyTorch Image Models): names, and state dicts with --arch timm:NAME.

Only this package imports timm.
"""

from dataclasses import replace
from pathlib import Path
from typing import Final

from edgegen.base.progress import Progress
from edgegen.sources.description import Description
from edgegen.sources.source import DescribedFile, OpenedModel

PREFIX: Final = "timm:"


class NamedClassifier(DescribedFile):
    """A name of timm with its published weights: `path` is the name, resnet18.a1_in1k or resnet18."""

    @property
    def path_on_disk(self) -> Path | None:
        """The file of the weights in a cache; None if it must be downloaded."""
        from edgegen.sources.timm import classifier

        return classifier.cached_file(str(self.path))

    def file(self, progress: Progress, *, fetch: bool) -> Path:
        """Find or download the weights."""
        from edgegen.sources.timm import classifier

        return classifier.find_or_fetch(str(self.path), progress, fetch=fetch)

    def open(self, path: Path) -> OpenedModel:
        """Load the weights. The classes have timm's names unless the user gives others."""
        from edgegen.sources.timm import classifier

        name = str(self.path)
        names = self.description.class_names or classifier.class_names(name)
        description = replace(self.description, architecture=f"{PREFIX}{name}", class_names=names)
        return classifier.load(path, description)


class TrainedFile(DescribedFile):
    """A state dict of the architecture that the description names."""

    def open(self, path: Path) -> OpenedModel:
        """Load the weights into the architecture."""
        from edgegen.sources.timm import classifier

        return classifier.load(path, self.description)


class Timm:
    """Recognizes timm's names, and state dicts of its architectures."""

    name = "timm"
    architectures = True
    takes = (
        "a classifier of timm by its name, timm:mobilenetv4_conv_small, or a state dict with --arch timm:NAME"
    )

    def sniff(self, argument: str, path: Path, description: Description) -> DescribedFile | None:
        """Accept timm:NAME, and files with --arch timm:NAME."""
        if argument.startswith(PREFIX) and not description.architecture:
            return NamedClassifier(Path(argument.removeprefix(PREFIX)), description)
        if description.library == self.name and path.is_file():
            return TrainedFile(path, description)
        return None


SOURCE: Final = Timm()
