"""Find parts by their entry points, so that third-party packages can add some.

A group is a seam of docs/seams.md: `edgegen.tasks`, `edgegen.sources`, `edgegen.runtimes`,
`edgegen.backends`, `edgegen.targets`.
Each of its entry points names one object, which is imported by `load` only.
"""

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from edgegen.base.errors import ToolchainError


@cache
def _installed() -> Any:
    """Return all entry points. Finding one group takes as long as finding all."""
    return entry_points()


@cache
def _points(group: str) -> dict[str, EntryPoint]:
    found: dict[str, EntryPoint] = {}
    for point in sorted(_installed().select(group=group), key=lambda point: (point.name, point.value)):
        other = found.setdefault(point.name, point)
        if other.value != point.value:
            raise ToolchainError(
                f"two packages add {point.name!r} to {group}: {_of(other)} and {_of(point)}",
                "uninstall one of them",
            )
    if not found:
        raise ToolchainError(
            f"edgegen is installed without its entry points: {group} has none",
            "install it again: pip install --force-reinstall edgegen",
        )
    return found


def _of(point: EntryPoint) -> str:
    return f"{point.value} (of {point.dist.name})" if point.dist else point.value


def names(group: str) -> list[str]:
    """Return the names of a group's parts, in alphabetical order."""
    return list(_points(group))


def load(group: str, name: str) -> Any:
    """Import and return a part.

    Raises:
        KeyError: The group has no part of that name.
        ToolchainError: The package that adds it is broken, or is edgegen without its entry points.
    """
    point = _points(group)[name]
    try:
        return point.load()
    except Exception as error:  # third-party code
        raise ToolchainError(
            f"{name!r} of {group} cannot be imported: {_of(point)}: {type(error).__name__}: {error}",
            "update or uninstall the package that adds it",
        ) from error
