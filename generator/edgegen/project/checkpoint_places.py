"""Where a project's checkpoint is: a path near the project in `.edgegen.yml`, any other in the user's cache.

A project is committed and shared. A path through another part of the disk would tell others about the user's
machine, and would be wrong on theirs.
"""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from edgegen.base.files import home, write_whole

_FOLDER: Final = "checkpoints"  # of the cache: a file for each digest, with the path


def record(checkpoint: Path, digest: str, project: Path) -> dict[str, str]:
    """Return a checkpoint as `.edgegen.yml` records it: a path relative to the project, or only its name.

    The name, if the folder that contains both also contains the user's home, or is on another drive. Then the
    whole path is remembered on this machine.
    """
    whole, base = checkpoint.resolve(), project.resolve()
    if _is_near(whole, base):
        return {"path": Path(os.path.relpath(whole, base)).as_posix(), "sha256": digest}
    with suppress(OSError):  # without the cache, --model names it
        place = home() / _FOLDER / digest
        place.parent.mkdir(parents=True, exist_ok=True)
        write_whole(place, str(whole).encode())
    return {"path": checkpoint.name, "sha256": digest}


def _is_near(path: Path, project: Path) -> bool:
    try:
        common = Path(os.path.commonpath([path, project]))
    except ValueError:  # another drive on Windows
        return False
    return common != Path(common.anchor) and common not in Path.home().resolve().parents


def find(project: Path, recorded: Mapping[str, str]) -> Path | None:
    """Return the path of a recorded checkpoint, which may be missing now; None if none was recorded."""
    path, digest = recorded.get("path"), recorded.get("sha256", "")
    if not path:
        return None
    found = project / path  # older records have absolute paths too
    if found.exists() or found.parent != project or not digest.isalnum():  # the record may be third-party
        return found
    with suppress(OSError, UnicodeDecodeError):
        remembered = Path((home() / _FOLDER / digest).read_text(encoding="utf-8"))
        if remembered.name == path and remembered.is_file():
            return remembered
    return found
