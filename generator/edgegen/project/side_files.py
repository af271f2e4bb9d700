"""Files that an update writes next to the user's, with the suffix `.edgegen-new`, and the state of a path."""

import itertools
import os
import re
from collections.abc import Collection
from pathlib import Path, PurePosixPath
from typing import Final

from edgegen.base.errors import InputError
from edgegen.project import manifest

SUFFIX: Final = ".edgegen-new"
_NUMBERED: Final = re.compile(re.escape(SUFFIX) + r"(\.\d+)?$")

# States of a path that is not a regular file. It is the user's.
LINK: Final = "a link"
FOLDER: Final = "a folder"
OTHER: Final = "no file"  # for example a pipe, which cannot be read to its end
BLOCKED: Final = "in the way"  # a link or file is where one of its folders belongs
NO_FILE: Final = frozenset({LINK, FOLDER, OTHER, BLOCKED})


def state(project: Path, name: str) -> str:
    """Return a file's digest, "" if absent, or one of NO_FILE. Raise InputError if it is unreadable."""
    path = project / name
    for parent in list(PurePosixPath(name).parents)[-2::-1]:
        folder = project / parent
        if folder.is_symlink() or (os.path.lexists(folder) and not folder.is_dir()):
            return BLOCKED
    if path.is_symlink():
        return LINK
    if path.is_dir():
        return FOLDER
    if not os.path.lexists(path):
        return ""
    if not path.is_file():
        return OTHER
    digest = manifest.sha256(path)
    if not digest:
        raise InputError(f"{path} cannot be read", "check its permissions")
    return digest


def is_side_file(name: str, written: Collection[str]) -> bool:
    """Return whether a file is the side file of one of those that edgegen writes."""
    return _NUMBERED.search(name) is not None and _NUMBERED.sub("", name) in written


def side_files(project: Path, name: str) -> dict[str, str]:
    """Return the side files of a file with their states. The last one does not exist: its state is ""."""
    found = dict[str, str]()
    for number in itertools.count(1):
        side_file = f"{name}{SUFFIX}" if number == 1 else f"{name}{SUFFIX}.{number}"
        found[side_file] = state(project, side_file)
        if not found[side_file]:
            break
    return found
