"""ExecuTorch's Python runtime without its compiler, whose import takes twice as long as all of PyTorch's.

The runtime asks `executorch.exir._warnings` for the class of a warning, and with that comes all of
`executorch.exir`: 3 s of processor time in every process that only runs a model.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
    with suppress(ImportError), _without_compiler():  # a release that needs more of it gets it below
        import_module(name)
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
    finally:
        del sys.modules[_COMPILER]
