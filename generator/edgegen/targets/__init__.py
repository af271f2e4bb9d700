"""The kinds of project that edgegen makes: one module each, listed here."""

import difflib
from collections.abc import Sequence
from typing import Final

from edgegen.base.errors import UsageError
from edgegen.targets.android import target as android
from edgegen.targets.base import Target
from edgegen.targets.ios import target as ios
from edgegen.targets.linux_cpp import target as linux_cpp

TARGETS: dict[str, Target] = {
    target.name: target for target in (android.TARGET, ios.TARGET, linux_cpp.TARGET)
}
ALL: Final = "all"


def find(name: str) -> Target:
    """Return the target of this name, or raise UsageError."""
    if name not in TARGETS:
        raise _unknown(name, list(TARGETS))
    return TARGETS[name]


def find_all(names: Sequence[str]) -> list[Target]:
    """Return the targets of these names, each once; `all` is every target there is. Or raise UsageError."""
    for name in names:
        if name not in (*TARGETS, ALL):
            raise _unknown(name, [*TARGETS, ALL])
    return [find(name) for name in dict.fromkeys(each for name in names for each in _spelled_out(name))]


def _spelled_out(name: str) -> list[str]:
    return list(TARGETS) if name == ALL else [name]


def _unknown(name: str, known: list[str]) -> UsageError:
    near = difflib.get_close_matches(name.lower(), known, n=1)
    listed = f"the targets are: {', '.join(known[:-1])} and {known[-1]}"
    return UsageError(
        f"there is no target {name!r}", f"did you mean {near[0]}? T{listed[1:]}" if near else listed
    )


__all__ = ["ALL", "TARGETS", "Target", "find", "find_all"]
