"""ExecuTorch's Python runtime without its compiler, whose import takes twice as long as all of PyTorch's.

The runtime asks `executorch.exir._warnings` for the class of a warning, and with that comes all of
`executorch.exir`: 3 s of processor time in every process that only runs a model.
"""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any, Final

_COMPILER: Final = "executorch.exir"


def runtime() -> Any:
    """Return the module `executorch.runtime`; ImportError where it cannot be imported."""
    return _lean("executorch.runtime")


def portable_lib() -> Any:
    """Return `executorch.extension.pybindings.portable_lib`; ImportError where it cannot be imported."""
    return _lean("executorch.extension.pybindings.portable_lib")


def _lean(name: str) -> ModuleType:
    here = set(sys.modules)
    try:
        with _without_compiler():
            return import_module(name)
    except (ImportError, AttributeError):  # a release that needs more of it gets it
        _forget(each for each in set(sys.modules) - here if each.startswith("executorch"))
    return import_module(name)


@contextmanager
def _without_compiler() -> Iterator[None]:
    """Let an empty package in its place stand in for the compiler, unless that is here already."""
    spec = None if _COMPILER in sys.modules else find_spec(_COMPILER)
    if spec is None:
        yield
        return
    stand_in = ModuleType(_COMPILER)
    stand_in.__path__ = list(spec.submodule_search_locations or ())
    sys.modules[_COMPILER] = stand_in
    try:
        yield
    finally:  # whoever asks for it next gets all of it
        _forget(each for each in [*sys.modules] if f"{each}.".startswith(f"{_COMPILER}."))


def _forget(names: Iterable[str]) -> None:
    for name in names:
        del sys.modules[name]
