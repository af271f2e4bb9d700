"""The classes of torch, torchvision and timm that a pickle of a module may name."""

from collections.abc import Iterable
from enum import Enum
from importlib import import_module
from typing import Any, Final

from edgegen.base.quiet import quiet

_PACKAGES: Final = (
    *("torch.nn.modules.", "torchvision.models.", "torchvision.ops."),
    *("timm.models.", "timm.layers."),
)


def library_classes(names: Iterable[str]) -> dict[str, Any]:
    """Return the classes of layers and models among these names, by name. Others are left out.

    Only modules of the libraries are imported, and only subclasses of torch.nn.Module and of Enum are
    returned: their construction runs no code but the libraries'.
    """
    import torch

    found: dict[str, Any] = {}
    for name in names:
        module_name, _, class_name = name.rpartition(".")
        if not name.startswith(_PACKAGES):
            continue
        try:
            with quiet():
                value = getattr(import_module(module_name), class_name, None)
        except ImportError:
            continue
        is_own = getattr(value, "__module__", None) == module_name
        if isinstance(value, type) and issubclass(value, (torch.nn.Module, Enum)) and is_own:
            found[name] = value
    return found
