"""The kinds of project that edgegen makes: one module each, listed here."""

from edgegen.errors import UsageError
from edgegen.targets import linux_cpp
from edgegen.targets.base import Target

TARGETS: dict[str, Target] = {target.name: target for target in (linux_cpp.TARGET,)}


def find(name: str) -> Target:
    """Return the target of this name, or raise UsageError."""
    try:
        return TARGETS[name]
    except KeyError:
        known = ", ".join(TARGETS)
        raise UsageError(f"there is no target {name!r}", f"the targets are: {known}") from None


__all__ = ["TARGETS", "Target", "find"]
