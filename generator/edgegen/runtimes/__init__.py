"""What runs a model on a device: one package for each runtime, found by the entry points `edgegen.runtimes`.

May import what lies below: `base`, `model`, `reference`, `tasks`, `artifacts`, `sources`.
"""

from typing import Final

from edgegen.base import registry
from edgegen.runtimes.runtime import Runtime

GROUP: Final = "edgegen.runtimes"
_USUAL: Final = "executorch"


def names() -> list[str]:
    """Return the names of all runtimes."""
    return registry.names(GROUP)


def find(name: str) -> Runtime:
    """Return the runtime of this name; KeyError where there is none."""
    runtime: Runtime = registry.load(GROUP, name)
    return runtime


def usual() -> Runtime:
    """Return the runtime of an export: no option asks for another one yet."""
    return find(_USUAL)


__all__ = ["GROUP", "Runtime", "find", "names", "usual"]
