"""Open whole modules of torchvision and timm. The authority is the module."""

from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any, Final

import torch

from edgegen.base.errors import EdgegenError, InputError, UnsupportedModelError
from edgegen.base.text import first_of, plain, shorten
from edgegen.sources.description import Description
from edgegen.sources.image_classifier import (
    Classifier,
    described_preprocessing,
    open_classifier,
    run_on_noise,
    sigmoid_error,
)
from edgegen.sources.library import import_library
from edgegen.sources.old_format import damaged, readable_archive
from edgegen.sources.pickles import (
    Inert,
    PickleContents,
    check_methods,
    check_names,
    library_classes,
    only_safe_globals,
    read_pickle_names,
    stand_ins,
)
from edgegen.sources.ultralytics import unsupported_checkpoint

_DOCS: Final = {
    "torchvision": "https://docs.pytorch.org/vision",
    "timm": "https://huggingface.co/docs/timm",
}
_NESTED: Final = ("model", "ema", "net")  # keys of a training's checkpoint


def load(path: Path, description: Description) -> Classifier:
    """Open a module that takes [N, 3, H, W] and returns [N, classes]."""
    contents = read_pickle_names(path)
    # The source accepts no pickles without classes of one of them.
    library = next(each for each in _DOCS if any(name.startswith(f"{each}.") for name in contents.names))
    import_library(library)
    with readable_archive(path) as file:
        module = _load(path, file, contents, library)
    how = described_preprocessing(path, description, None)
    try:
        check_names(module)
        check_methods(module)
        module = module.float().eval().requires_grad_(False)
        last = _last_activation(path, module, how.height)
    except EdgegenError:
        raise
    except Exception as error:  # the state of a module may be anything
        raise InputError(f"{path} has no usable module: {shorten(str(error))}", _hint(library)) from error
    if isinstance(last, torch.nn.Sigmoid):
        raise sigmoid_error(path)
    if last is not None:  # `Classifier.module` adds the softmax
        module = _without(module, last)
    return open_classifier(
        path,
        description,
        how,
        module,
        library=library,
        kind=f"a module of {library}",
        docs=_DOCS[library],
    )


def _last_activation(path: Path, module: Any, side: int) -> Any:
    """Return the softmax over classes, its logarithm or the sigmoid that makes the output; None if none does.

    Only a layer that runs once is returned. The module runs on noise of this side.
    """
    results = dict[Any, list[Any]]()

    def keep(layer: Any, _inputs: Any, output: Any) -> None:
        results.setdefault(layer, []).append(output)

    kinds = (torch.nn.Softmax, torch.nn.LogSoftmax, torch.nn.Sigmoid)
    layers = [each for each in module.modules() if type(each) in kinds]
    hooks = [each.register_forward_hook(keep) for each in layers]
    outputs = list[Any]()
    hooks.append(module.register_forward_hook(lambda _layer, _inputs, output: outputs.append(output)))
    try:
        run_on_noise(path, module, side)
    finally:
        for hook in hooks:
            hook.remove()
    for layer, made in results.items():
        is_over_classes = getattr(layer, "dim", None) in (1, -1, None)
        if len(made) == 1 and made[0] is outputs[0] and is_over_classes:
            return layer
    return None


def _without(module: Any, layer: Any) -> Any:
    """Return the module with an identity in place of this layer."""
    if module is layer:
        return torch.nn.Identity()
    for parent in module.modules():
        for name, child in parent.named_children():
            if child is layer:
                parent.register_module(name, torch.nn.Identity())
    return module


def _member(kind: Any, name: Any) -> Any:
    """Replace getattr, by which some versions of Python save members of an enumeration."""
    if not isinstance(kind, type) or not issubclass(kind, Enum) or type(name) is not str:
        raise ValueError("an attribute of something else than an enumeration")
    return kind[name]


def _load(path: Path, archive: Path, contents: PickleContents, library: str) -> Any:
    """Return the module. The file names layers, models and harmless objects of a training."""
    others = (name for name in contents.names if not name.startswith(f"{library}."))
    allowed: list[Any] = [
        *library_classes(contents.names),
        *stand_ins(others),
        *((Inert, "\n"), (_member, "builtins.getattr")),
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
    if isinstance(content, Mapping):
        modules = {key: each for key, each in content.items() if isinstance(each, torch.nn.Module)}
        usual = [key for key in _NESTED if key in modules]
        if len(modules) > 1 and not usual:
            raise InputError(
                f"{path} has several modules: {first_of([plain(str(key)) for key in modules])}",
                "save one of them alone: torch.save(model, PATH)",
            )
        content = modules[(usual or [*modules])[0]] if modules else content
    if not isinstance(content, torch.nn.Module):
        raise InputError(f"{path} contains no module", _hint(library))
    return content


def _hint(library: str) -> str:
    return (
        "save its weights with torch.save(model.state_dict(), PATH), and name the architecture with "
        f"--arch {library}:NAME"
    )
