"""Runtimes for models on devices: one package for each, as an entry point of the group `edgegen.runtimes`.

May import `base`, `model`, `reference`, `tasks`, `artifacts` and `sources`.
"""

from typing import Final

from edgegen.base import registry
from edgegen.runtimes.runtime import Runtime

GROUP: Final = "edgegen.runtimes"
_DEFAULT: Final = "executorch"


def names() -> list[str]:
    """Return the names of all runtimes."""
    return registry.names(GROUP)


def find(name: str) -> Runtime:
    """Return the runtime of this name, or raise KeyError."""
    runtime: Runtime = registry.load(GROUP, name)
    return runtime


def default() -> Runtime:
    """Return the runtime that exports use. There is no option to choose one."""
    return find(_DEFAULT)


__all__ = ["GROUP", "Runtime", "default", "find", "names"]
