"""Zip archives of torch with other contents."""

import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

NO_MORE: Mapping[str, bytes] = MappingProxyType({})


def changed(
    source: Path,
    target: Path,
    change: Callable[[str, bytes], bytes] = lambda _, content: content,
    more: Mapping[str, bytes] = NO_MORE,
) -> Path:
    """Copy an archive with changed members, and further ones. Names are without the archive's folder."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(name.partition("/")[2], old.read(name)))
        folder = old.namelist()[0].partition("/")[0]
        for name, content in more.items():
            new.writestr(f"{folder}/{name}", content)
    return target
