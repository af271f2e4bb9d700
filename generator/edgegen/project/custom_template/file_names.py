"""File names that every file system takes, and that are not edgegen's own."""

import unicodedata
from collections.abc import Iterable
from typing import Final

from edgegen.base import naming
from edgegen.project import manifest

_MOST_BYTES: Final = 255  # of one part of a path, on common file systems
_FORBIDDEN: Final = '<>:"|?*\\'  # on Windows


def problem_with(name: str) -> str:
    """Return why a project cannot have a file with this relative POSIX path, or "".

    Windows' rules: https://learn.microsoft.com/windows/win32/fileio/naming-a-file
    """
    first = name.partition("/")[0].casefold()
    if first.startswith(manifest.EDGEGEN_PREFIX):
        return "reserved for edgegen's own files"
    if first == ".git":
        return "git's own"
    if not manifest.is_inside(name):
        return "not inside the project, or contains a backslash"
    return next((why for part in name.split("/") if (why := _problem_with_part(part))), "")


def _problem_with_part(part: str) -> str:
    odd = next((letter for letter in part if letter in _FORBIDDEN or ord(letter) < ord(" ")), "")
    if odd:
        return f"invalid on Windows: it contains {odd!r}"
    if part.endswith((".", " ")):
        return "invalid on Windows: it ends in a dot or a space"
    if naming.is_device(part):
        return f"invalid on Windows: {part.partition('.')[0]} is a device"
    if len(part.encode("utf-8", "surrogateescape")) > _MOST_BYTES:
        return f"too long: at most {_MOST_BYTES} bytes"
    return ""


def colliding_paths(names: Iterable[str]) -> tuple[str, str] | None:
    """Return two paths that are the same on macOS or Windows, or None.

    They differ in case, or in the Unicode form of an accent. Folders count too: `Model/a` and `model/b`.
    """
    seen: dict[str, str] = {}
    for name in sorted(names):
        parts = name.split("/")
        for depth in range(1, len(parts) + 1):
            path = "/".join(parts[:depth])
            folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())
            other = seen.setdefault(folded, path)
            if other != path:
                return other, path
    return None
