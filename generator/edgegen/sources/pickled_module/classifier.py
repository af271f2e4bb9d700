"""Open whole modules of torchvision and timm. The authority is the module."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from edgegen.base.errors import InputError, UnsupportedModelError
from edgegen.base.strict_yaml import shorten
from edgegen.sources.described_classifier import described_preprocessing, open_classifier
from edgegen.sources.description import Description
from edgegen.sources.image_classifier import Classifier
from edgegen.sources.library import import_library
from edgegen.sources.module_classes import library_classes
from edgegen.sources.pickle_names import PickleContents, read_names
from edgegen.sources.ultralytics import unsupported_checkpoint

_DOCS: Final = {
    "torchvision": "https://docs.pytorch.org/vision",
    "timm": "https://huggingface.co/docs/timm",
}
_NESTED: Final = ("model", "ema", "net")  # keys of a training's checkpoint


def load(path: Path, description: Description) -> Classifier:
    """Open a module that takes [N, 3, H, W] and returns [N, classes].

    Raises:
        InputError: It is damaged, or names other classes and functions than those of layers and models.
        UsageError: An option that describes it is missing.
        ToolchainError: Its library is not installed.
    """
    contents = read_names(path)
    library = next(name for name in _DOCS if any(each.startswith(f"{name}.") for each in contents.names))
    import_library(library)
    how = described_preprocessing(path, description, None)
    module = _load(path, contents, library)
    return open_classifier(
        path,
        description,
        how,
        module.float().eval().requires_grad_(False),
        library=library,
        what=f"{path.name}, a module of {library}",
        docs=_DOCS[library],
    )


class _Unused:
    """Replaces functools.partial: modules call what it holds only when they are made."""

    def __init__(self, *_arguments: Any) -> None:
        pass

    def __setstate__(self, _state: Any) -> None:
        pass


def _load(path: Path, contents: PickleContents, library: str) -> Any:
    """Return the module. It names layers, models and nothing else."""
    import torch

    allowed = {**library_classes(contents.names), "functools.partial": _Unused}
    try:
        rejected = sorted(set(torch.serialization.get_unsafe_globals_in_checkpoint(path)) - allowed.keys())
    except Exception as error:  # a damaged file raises many types
        raise _damaged(path, error) from error
    if foreign := [name for name in rejected if not name.startswith(f"{library}.")]:
        raise unsupported_checkpoint.explain(path, foreign, contents) or _damaged(
            path, ValueError(foreign[0])
        )
    if rejected:
        raise UnsupportedModelError(
            f"pickled models of {library} with {', '.join(rejected)} ({path.name})", _hint(library)
        )
    try:
        with torch.serialization.safe_globals([*((each, name) for name, each in allowed.items()), _Unused]):
            content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise _damaged(path, error) from error
    for name in _NESTED:
        if isinstance(content, Mapping) and isinstance(content.get(name), torch.nn.Module):
            content = content[name]
    if not isinstance(content, torch.nn.Module):
        raise InputError(f"{path} contains no module", _hint(library))
    return content


def _damaged(path: Path, error: Exception) -> InputError:
    first = shorten(str(error).strip().partition("\n")[0])
    return InputError(f"{path} is damaged or not a file of torch.save: {first}", "download or copy it again")


def _hint(library: str) -> str:
    return (
        "save its weights with torch.save(model.state_dict(), PATH), and name the architecture with "
        f"--arch {library}:NAME"
    )
