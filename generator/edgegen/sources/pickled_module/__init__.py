"""Recognize pickles of whole modules of torchvision and timm, by the classes that they name."""

from pathlib import Path
from typing import Final

from edgegen.sources.pickles import read_pickle_names
from edgegen.sources.source import DescribedFile, FileSource, OpenedModel

_MODELS: Final = ("torchvision.models.", "timm.models.")


class ModuleFile(DescribedFile):
    """A pickle of a module."""

    def open(self, path: Path) -> OpenedModel:
        """Open a classifier."""
        from edgegen.sources.pickled_module.classifier import load

        return load(path, self.description)


def _is_module(path: Path) -> bool:
    """Return whether a pickle names a model of the two libraries, and no class of Ultralytics."""
    names = read_pickle_names(path).names
    has_model = any(name.startswith(_MODELS) for name in names)
    return has_model and not any(name.startswith("ultralytics.") for name in names)


SOURCE: Final = FileSource(
    "pickled_module",
    "a whole module of torchvision or timm (torch.save(model, PATH)), with --names and its preprocessing",
    _is_module,
    ModuleFile,
)
