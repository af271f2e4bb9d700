"""Runtimes for models on devices: one package for each, as an entry point of the group `edgegen.runtimes`.

Their backends are entry points of the group `edgegen.backends`. May import `base`, `model` and `artifacts`.
"""

from typing import TYPE_CHECKING, Final

from edgegen.base import registry
from edgegen.runtimes.backend import Backend

if TYPE_CHECKING:  # a project from a `.pte` needs no numpy
    from edgegen.runtimes.runtime import Runtime

GROUP: Final = "edgegen.runtimes"
BACKENDS: Final = "edgegen.backends"


def names() -> list[str]:
    """Return the names of all runtimes."""
    return registry.names(GROUP)


def find(name: str) -> "Runtime":
    """Return the runtime of this name, or raise KeyError."""
    runtime: Runtime = registry.load(GROUP, name)
    return runtime


def default() -> "Runtime":
    """Return the runtime that exports use. There is no option to choose one."""
    return find("executorch")


def backend_names() -> list[str]:
    """Return the names of all backends."""
    return registry.names(BACKENDS)


def find_backend(name: str) -> Backend:
    """Return the backend of this name, or raise KeyError."""
    backend: Backend = registry.load(BACKENDS, name)
    return backend


def backend_title(name: str) -> str:
    """Return the name of a backend for messages. One that is not installed has its plain name."""
    return find_backend(name).title if name in backend_names() else name


def default_backend() -> Backend:
    """Return the backend that exports use. There is no option to choose one."""
    return find_backend("xnnpack")
