"""Recognize the MODEL argument. One package for each kind of model; only that package imports its library.

Sources are entry points of the group `edgegen.sources`. May import `base`, `model`, `reference`, `tasks` and
`artifacts`.
"""

from typing import TYPE_CHECKING, Final

from edgegen.base import registry

if TYPE_CHECKING:
    from edgegen.sources.source import Source

GROUP: Final = "edgegen.sources"


def names() -> list[str]:
    """Return the names of all sources."""
    return registry.names(GROUP)


def find(name: str) -> "Source":
    """Return the source of this name, or raise KeyError."""
    source: Source = registry.load(GROUP, name)
    return source


__all__ = ["GROUP", "find", "names"]
