"""The tasks: one package for each meaning of a model's outputs, found by the entry points `edgegen.tasks`.

May import `base`, `model` and `reference`.
"""

from typing import TYPE_CHECKING, Final

from edgegen.base import registry

if TYPE_CHECKING:
    from edgegen.tasks.task import Task

GROUP: Final = "edgegen.tasks"


def names() -> list[str]:
    """Return the names of all tasks."""
    return registry.names(GROUP)


def find(name: str) -> "Task":
    """Return the task of this name. Raise KeyError if there is none."""
    task: Task = registry.load(GROUP, name)
    return task


def heads() -> tuple[str, ...]:
    """Return the contracts that `--head` accepts, over all tasks."""
    return tuple(dict.fromkeys(head for name in names() for head in find(name).heads))


__all__ = ["GROUP", "find", "heads", "names"]
