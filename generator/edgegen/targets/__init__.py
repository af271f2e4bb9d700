"""The kinds of project that edgegen makes: one module each, listed here."""

from collections.abc import Sequence
from typing import Final

from edgegen.errors import UsageError
from edgegen.targets import android, ios, linux_cpp
from edgegen.targets.base import Target

TARGETS: dict[str, Target] = {
    target.name: target for target in (android.TARGET, ios.TARGET, linux_cpp.TARGET)
}
ALL: Final = "all"


def find(name: str) -> Target:
    """Return the target of this name, or raise UsageError."""
    try:
        return TARGETS[name]
    except KeyError:
        known = ", ".join(TARGETS)
        raise UsageError(f"there is no target {name!r}", f"the targets are: {known}") from None


def find_all(names: Sequence[str]) -> list[Target]:
    """Return the targets of these names, each once; `all` is every target there is."""
    spelled_out = [each for name in names for each in (TARGETS if name == ALL else [name])]
    return [find(name) for name in dict.fromkeys(spelled_out)]


__all__ = ["ALL", "TARGETS", "Target", "find", "find_all"]
