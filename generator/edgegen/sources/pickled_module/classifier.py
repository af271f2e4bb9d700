"""Open whole modules of torchvision and timm. The authority is the module."""

from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any, Final

import torch

from edgegen.base.errors import InputError, UnsupportedModelError
from edgegen.base.strict_yaml import shorten
from edgegen.sources.described_classifier import described_preprocessing, open_classifier, sigmoid_error
from edgegen.sources.description import Description
from edgegen.sources.image_classifier import Classifier, Origin
from edgegen.sources.library import import_library
from edgegen.sources.module_classes import (
    check_methods,
    check_names,
    library_classes,
    only_safe_globals,
)
from edgegen.sources.pickle_names import PickleContents, read_pickle_names
from edgegen.sources.ultralytics import unsupported_checkpoint
from edgegen.sources.ultralytics.old_format import damaged, readable_archive

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
    contents = read_pickle_names(path)
    library = _library_of(contents)
    import_library(library)
    how = described_preprocessing(path, description, None)
    with readable_archive(path) as file:
        module = _load(path, file, contents, library)
    try:
        check_names(module)
        check_methods(module)
        module = _without_softmax(module.float().eval().requires_grad_(False))
        ends_in_sigmoid = type([*module.modules()][-1]).__name__ == "Sigmoid"
    except Exception as error:  # the state of a module may be anything
        raise InputError(f"{path} has no usable module: {shorten(str(error))}", _hint(library)) from error
    if ends_in_sigmoid:
        raise sigmoid_error(path)
    return open_classifier(
        path,
        description,
        how,
        module,
        Origin(library, f"{path.name}, a module of {library}", _DOCS[library]),
    )


def _library_of(contents: PickleContents) -> str:
    """Return the library whose classes a pickle names. The source accepts no other pickles."""
    return next(
        library for library in _DOCS if any(name.startswith(f"{library}.") for name in contents.names)
    )


def _without_softmax(module: Any) -> Any:
    """Return the module without a softmax over the classes at its end: `Classifier.module` adds it."""
    last = module[-1] if type(module) is torch.nn.Sequential and len(module) > 1 else None
    return module[:-1] if isinstance(last, torch.nn.Softmax) and last.dim in (1, -1) else module


class _Unused:
    """Replaces functools.partial: modules call what it holds only when they are made."""

    def __init__(self, *_arguments: Any) -> None:
        pass

    def __setstate__(self, _state: Any) -> None:
        pass


def _member(kind: Any, name: Any) -> Any:
    """Replace getattr, by which some versions of Python save members of an enumeration."""
    if not isinstance(kind, type) or not issubclass(kind, Enum) or type(name) is not str:
        raise ValueError("an attribute of something else than an enumeration")
    return kind[name]


def _load(path: Path, archive: Path, contents: PickleContents, library: str) -> Any:
    """Return the module. It names layers, models and nothing else."""
    allowed: list[Any] = [
        *library_classes(contents.names),
        *((_Unused, "functools.partial"), (_Unused, "\n"), (_member, "builtins.getattr")),
    ]
    names = {name for _, name in allowed}
    try:
        with only_safe_globals(()):
            rejected = sorted(set(torch.serialization.get_unsafe_globals_in_checkpoint(archive)) - names)
    except Exception as error:  # a damaged file raises many types
        raise damaged(path, error) from error
    if foreign := [name for name in rejected if not name.startswith(f"{library}.")]:
        raise unsupported_checkpoint.explain(path, foreign, contents) or damaged(path, ValueError(foreign[0]))
    if rejected:
        raise UnsupportedModelError(
            f"pickled models of {library} with {', '.join(rejected)} ({path.name})", _hint(library)
        )
    try:
        with only_safe_globals(allowed):
            content = torch.load(archive, map_location="cpu", weights_only=True)
    except Exception as error:
        raise damaged(path, error) from error
    for name in _NESTED:
        if isinstance(content, Mapping) and isinstance(content.get(name), torch.nn.Module):
            content = content[name]
    if not isinstance(content, torch.nn.Module):
        raise InputError(f"{path} contains no module", _hint(library))
    return content


def _hint(library: str) -> str:
    return (
        "save its weights with torch.save(model.state_dict(), PATH), and name the architecture with "
        f"--arch {library}:NAME"
    )
