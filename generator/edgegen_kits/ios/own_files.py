"""The files of an iOS project that are its own, without what Xcode, SwiftPM and macOS leave among them."""

import os
from collections.abc import Collection
from pathlib import Path
from typing import Final

_AT_THE_TOP: Final = frozenset({"build", "DerivedData"})  # further down they may be somebody's own
_ANYWHERE: Final = frozenset({"xcuserdata"})
# Folders that Xcode writes into by itself: who opened what, package versions, results of tests, archives.
_BUNDLES: Final = (".xcodeproj", ".xcworkspace", ".xcresult", ".xcarchive")


def own_files(project: Path, folder: str = "", suffixes: Collection[str] = ()) -> list[Path]:
    """Return the files of a project in one of its folders, sorted; all, or those that end so."""
    found = list[Path]()
    for place, folders, names in os.walk(project / folder):
        folders[:] = [name for name in folders if not _is_left(name, at_the_top=Path(place) == project)]
        paths = (Path(place, name) for name in names if not name.startswith("."))
        own = (path for path in paths if not suffixes or path.suffix in suffixes)
        found += [path for path in own if path.is_file()]  # a link may lead nowhere
    return sorted(found)


def _is_left(name: str, *, at_the_top: bool) -> bool:
    if name.startswith(".") or name in _ANYWHERE or name.endswith(_BUNDLES):
        return True
    return at_the_top and name in _AT_THE_TOP
