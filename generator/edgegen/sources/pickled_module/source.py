"""Recognize pickles of torchvision's and timm's modules."""

from pathlib import Path
from typing import Final

from edgegen.sources.description import Description
from edgegen.sources.pickle_names import read_names
from edgegen.sources.source import OpenableSource, OpenedModel

_MODELS: Final = ("torchvision.models.", "timm.models.")


class PickledModule(OpenableSource):
    """A whole module on disk."""

    takes_description = True

    def open(self, path: Path) -> OpenedModel:
        """Load it with an allow-list of the libraries' classes."""
        from edgegen.sources.pickled_module import classifier

        return classifier.load(path, self.description)


class PickledModules:
    """Recognizes modules by the classes that a pickle names."""

    name = "pickled_module"
    takes = (
        "a whole module of torchvision or timm (torch.save(model, PATH)), with --names and its preprocessing"
    )

    def sniff(self, argument: str, path: Path, description: Description) -> PickledModule | None:
        """Accept pickles that name a model of the two libraries, and no class of Ultralytics."""
        if description.architecture or not path.is_file():
            return None
        names = read_names(path).names
        if any(name.startswith("ultralytics.") for name in names):
            return None
        return PickledModule(path, description) if any(name.startswith(_MODELS) for name in names) else None


SOURCE: Final = PickledModules()
