"""What the MODEL argument is; one package for each kind, the only importer of its library.

Found by the entry points `edgegen.sources`. May import `base`, `model`, `reference`, `tasks` and `artifacts`.
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
    """Return the source of this name; KeyError where there is none."""
    source: Source = registry.load(GROUP, name)
    return source


__all__ = ["GROUP", "find", "names"]
