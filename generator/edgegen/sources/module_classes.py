"""The classes of torch, torchvision and timm that a pickle of a module may name, and checks of the module."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import Enum
from importlib import import_module
from typing import Any, Final

from edgegen.base.quiet import quiet
from edgegen.base.strict_yaml import shorten

_PACKAGES: Final = (
    *("torch.nn.modules.", "torchvision.models.", "torchvision.ops."),
    *("timm.models.", "timm.layers."),
)
_NAME: Final = re.compile(r"[A-Za-z0-9_]+")


@contextmanager
def only_safe_globals(allowed: Sequence[Any]) -> Iterator[None]:
    """Let torch's restricted loading use these globals and no others.

    Ultralytics adds its own for the whole process. Of two with one name, torch takes any.
    """
    import torch

    before = torch.serialization.get_safe_globals()
    torch.serialization.clear_safe_globals()
    torch.serialization.add_safe_globals(list(allowed))
    try:
        yield
    finally:
        torch.serialization.clear_safe_globals()
        torch.serialization.add_safe_globals(before)


def library_classes(names: Iterable[str]) -> list[tuple[Any, str]]:
    """Return what torch's restricted loading may use for these names: pairs of a class and its name.

    Only layers, models and enumerations of the libraries are among them. A pickle can call a class with any
    arguments, and some constructors execute texts. Therefore the name stands for a class that makes an object
    without its constructor. The real class is there under a name that no pickle has, because torch sets the
    state of objects of listed classes only.
    """
    pairs: list[tuple[Any, str]] = []
    for name in names:
        found = _find(name)
        if found is None:
            continue
        pairs += [(found, name)] if issubclass(found, Enum) else [(_maker(found), name), (found, f"\n{name}")]
    return pairs


def _find(name: str) -> Any:
    """Return the class of a layer, a model or an enumeration; None for anything else."""
    import torch

    module_name, _, class_name = name.rpartition(".")
    if not name.startswith(_PACKAGES):
        return None
    try:
        with quiet():
            found = getattr(import_module(module_name), class_name, None)
    except ImportError:
        return None
    if not isinstance(found, type) or found.__module__ != module_name:
        return None
    if issubclass(found, Enum):
        return found if len(found) else None  # one without members is a factory of classes
    is_layer = issubclass(found, torch.nn.Module) and not issubclass(found, torch.fx.GraphModule)
    return found if is_layer else None


def _maker(real: Any) -> Any:
    """Return a class whose call gives an object of the real class that was not constructed."""

    def make(_own: Any, *_arguments: Any, **_named: Any) -> Any:
        return real.__new__(real)

    return type(real.__name__, (), {"__new__": make})


def check_names(module: Any) -> None:
    """Raise ValueError if a part of a module has an invalid name: torch.export writes names into code."""
    for layer in module.modules():
        for kind in (layer._modules, layer._parameters, layer._buffers):
            for name in kind:
                if type(name) is not str or not _NAME.fullmatch(name):
                    raise ValueError(f"a layer called {shorten(name)}")


def check_methods(module: Any) -> None:
    """Raise ValueError if an object has another method than its class."""
    for layer in module.modules():
        for name in vars(layer):
            if name.startswith("__") or callable(getattr(type(layer), name, None)):
                raise ValueError(f"a {type(layer).__name__} with another {name}")
