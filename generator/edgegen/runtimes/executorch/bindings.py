"""Import ExecuTorch's Python runtime without its compiler, `executorch.exir`.

The runtime needs only the class of a warning from `executorch.exir._warnings`. Importing all of the compiler
would cost every process that runs a model 3 s of CPU time, twice as much as PyTorch.
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
    """Return the module `executorch.runtime`, or raise ImportError."""
    return _lean("executorch.runtime")


def portable_lib() -> Any:
    """Return `executorch.extension.pybindings.portable_lib`, or raise ImportError."""
    return _lean("executorch.extension.pybindings.portable_lib")


def _lean(name: str) -> ModuleType:
    here = set(sys.modules)
    try:
        with _without_compiler():
            return import_module(name)
    except (ImportError, AttributeError):  # a release that needs more of the compiler
        _forget(each for each in set(sys.modules) - here if each.startswith("executorch"))
    return import_module(name)


@contextmanager
def _without_compiler() -> Iterator[None]:
    """Replace the compiler by an empty package, unless it is already imported."""
    spec = None if _COMPILER in sys.modules else find_spec(_COMPILER)
    if spec is None:
        yield
        return
    stand_in = ModuleType(_COMPILER)
    stand_in.__path__ = list(spec.submodule_search_locations or ())
    sys.modules[_COMPILER] = stand_in
    try:
        yield
    finally:  # a later import gets the whole compiler
        _forget(each for each in [*sys.modules] if f"{each}.".startswith(f"{_COMPILER}."))


def _forget(names: Iterable[str]) -> None:
    for name in names:
        del sys.modules[name]
