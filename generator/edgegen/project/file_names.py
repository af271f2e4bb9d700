"""Names that a project's files may have: such as every file system takes, and none of edgegen's own."""

import unicodedata
from collections.abc import Iterable
from typing import Final

from edgegen.base import naming
from edgegen.project import manifest

_MOST_BYTES: Final = 255  # of one part of a path, on every file system in use
_FORBIDDEN: Final = '<>:"|?*\\'  # by Windows, which a class of twenty has among its machines


def refusal(name: str) -> str:
    """Return why no project holds a file of this relative POSIX path, in words; "" if one may.

    Windows' rules: https://learn.microsoft.com/windows/win32/fileio/naming-a-file
    """
    first = name.partition("/")[0].casefold()
    if first.startswith(manifest.OWN):
        return "edgegen's own: its books, and what it keeps of a change that was killed"
    if first == ".git":
        return "git's own"
    if not manifest.inside(name):
        return "not inside the project, or one that Windows takes for folders"
    return next((why for part in name.split("/") if (why := _refusal_of_part(part))), "")


def _refusal_of_part(part: str) -> str:
    odd = next((letter for letter in part if letter in _FORBIDDEN or ord(letter) < ord(" ")), "")
    if odd:
        return f"one that Windows does not take: it has {odd!r} in it"
    if part.endswith((".", " ")):
        return "one that Windows does not take: it ends in a dot or a space"
    if naming.is_device(part):
        return f"one that Windows does not take: {part.partition('.')[0]} is a device there"
    if len(part.encode("utf-8", "surrogateescape")) > _MOST_BYTES:
        return f"too long: {_MOST_BYTES} bytes are the most"
    return ""


def same_elsewhere(names: Iterable[str]) -> tuple[str, str] | None:
    """Return two paths that macOS or Windows takes for one; None: no two.

    They differ in case, or in whether an accent is a character of its own. Folders count too: `Model/a` and
    `model/b` would lie in one.
    """
    seen: dict[str, str] = {}
    for name in sorted(names):
        parts = name.split("/")
        for depth in range(1, len(parts) + 1):
            path = "/".join(parts[:depth])
            other = seen.setdefault(_elsewhere(path), path)
            if other != path:
                return other, path
    return None


def _elsewhere(path: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())
