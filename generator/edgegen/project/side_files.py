"""Files that an update writes next to the user's, with the suffix `.edgegen-new`, and the state of a path."""

import itertools
import os
import re
from collections.abc import Collection, Iterator, Sequence
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
BLOCKED: Final = "in the way"  # a link or file is in the place of one of its folders
NO_FILE: Final = frozenset({LINK, FOLDER, OTHER, BLOCKED})


def state(project: Path, name: str) -> str:
    """Return a file's digest, "" if nothing is there, or one of NO_FILE.

    Raises:
        InputError: A file cannot be read.
    """
    path = project / name
    for parent in list(PurePosixPath(name).parents)[-2::-1]:
        if _is_in_the_way(project / parent):
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
    parts = PurePosixPath(name).parts
    bare = ((depth, _NUMBERED.sub("", part)) for depth, part in enumerate(parts) if _NUMBERED.search(part))
    return any("/".join((*parts[:depth], part, *parts[depth + 1 :])) in written for depth, part in bare)


def side_files(project: Path, name: str) -> dict[str, str]:
    """Return the side files of a file by their states; under "", a free name for another one.

    If a link or file is in the place of a folder, the suffix belongs to the folder's name. Such side files
    are still found later, when the folder is restored.
    """
    parts = PurePosixPath(name).parts
    found = dict[str, str]()
    depths = range(1, len(parts))
    blocked = [depth for depth in depths if _is_in_the_way(project.joinpath(*parts[:depth]))]
    deepest = blocked[0] if blocked else len(parts)
    for depth in (deepest, *range(1, deepest)):
        for side_file in _names(parts, depth):
            its_state = state(project, side_file)
            found.setdefault(its_state, side_file)
            if not its_state:
                break
    return found


def _is_in_the_way(folder: Path) -> bool:
    return folder.is_symlink() or (os.path.lexists(folder) and not folder.is_dir())


def _names(parts: Sequence[str], depth: int) -> Iterator[str]:
    """Yield names of side files, where the first `depth` parts get the suffix."""
    for number in itertools.count(1):
        suffix = SUFFIX if number == 1 else f"{SUFFIX}.{number}"
        yield "/".join((*parts[: depth - 1], parts[depth - 1] + suffix, *parts[depth:]))
