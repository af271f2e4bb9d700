"""List the own files of an iOS project, without those of Xcode, SwiftPM and macOS."""

import os
from collections.abc import Collection
from pathlib import Path
from typing import Final

_AT_THE_TOP: Final = frozenset({"build", "DerivedData"})  # deeper, such a folder may be the user's
_ANYWHERE: Final = frozenset({"xcuserdata"})
# Folders that Xcode writes: user state, package versions, test results, archives.
_BUNDLES: Final = (".xcodeproj", ".xcworkspace", ".xcresult", ".xcarchive")


def project_files(project: Path, folder: str = "", suffixes: Collection[str] = ()) -> list[Path]:
    """Return the files in a folder of a project, sorted; all, or those with these suffixes."""
    found = list[Path]()
    for place, folders, names in os.walk(project / folder):
        folders[:] = [name for name in folders if not _is_left(name, at_the_top=Path(place) == project)]
        paths = (Path(place, name) for name in names if not name.startswith("."))
        own = (path for path in paths if not suffixes or path.suffix in suffixes)
        found += [path for path in own if path.is_file()]  # a link may be broken
    return sorted(found)


def _is_left(name: str, *, at_the_top: bool) -> bool:
    if name.startswith(".") or name in _ANYWHERE or name.endswith(_BUNDLES):
        return True
    return at_the_top and name in _AT_THE_TOP
