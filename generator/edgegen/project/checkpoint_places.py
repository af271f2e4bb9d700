"""Where a project's checkpoint, photos and other inputs are, without a personal path in `.edgegen.yml`.

A project is committed and shared. A path through another part of the disk would tell others about the user's
machine, and would be wrong on theirs. `.edgegen.yml` has a path near the project, or only the name of a file
or folder. Then the user's cache has the whole path.
"""

import hashlib
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from edgegen.base.files import home, write_whole
from edgegen.base.model_files import is_model

_CHECKPOINTS: Final = "checkpoints"  # of the cache: a file for each digest, with the path
_OPTIONS: Final = "options"  # of the cache: a file for each option of a project, with the path or address
_ADDRESS: Final = re.compile(r"(?!file://)[\w+.-]+://|(gh|gl):|[\w.-]+@[\w.-]+:")  # as Git and copier take it
_LOGIN: Final = re.compile(r"(https?://)[^/]*@", re.IGNORECASE)
_PASSWORD: Final = re.compile(r"([\w+.-]+://[^/:@]*):[^/]*@")  # after a user's name, which SSH needs


def record(checkpoint: Path, digest: str, project: Path) -> dict[str, str]:
    """Return a checkpoint as `.edgegen.yml` records it. A path that is far from the project is remembered."""
    path = shareable(str(checkpoint), project)
    if not _is_near(_whole(checkpoint), project.resolve()):
        _remember(_CHECKPOINTS, digest, str(_whole(checkpoint)))
    return {"path": path, "sha256": digest}


def find(project: Path, recorded: Mapping[str, str]) -> Path | None:
    """Return the path of a recorded checkpoint, which may be missing now; None if none was recorded."""
    path, digest = recorded.get("path"), recorded.get("sha256", "")
    if not path:
        return None
    found = project / path  # older records have absolute paths too
    if found.exists() or found.parent != project or not digest.isalnum():  # the record may be third-party
        return found
    remembered = Path(_remembered(_CHECKPOINTS, digest))
    return remembered if remembered.name == path and is_model(remembered) else found


def shareable(value: str, project: Path) -> str:
    """Return a path or address as `.edgegen.yml` records it.

    A path is relative to the project. It is only the name, if the folder that contains both also contains the
    user's home, or is on another drive. An address has no password and no query.
    """
    if _is_address(value):
        return _PASSWORD.sub(r"\1@", _LOGIN.sub(r"\1", value.partition("?")[0]))
    whole, base = _whole(Path(_without_scheme(value))), project.resolve()
    return Path(os.path.relpath(whole, base)).as_posix() if _is_near(whole, base) else whole.name


def remember_options(project: Path, options: Mapping[str, str]) -> None:
    """Remember the paths and addresses of a project's options that `.edgegen.yml` does not have whole."""
    for name, value in options.items():
        is_path = not _is_address(value)
        whole = str(_whole(Path(_without_scheme(value)))) if is_path else value
        is_whole = _is_near(Path(whole), project.resolve()) if is_path else shareable(value, project) == value
        key = _option_key(project, name)
        if not is_whole:
            _remember(_OPTIONS, key, whole)
        elif _remembered(_OPTIONS, key):
            with suppress(OSError):
                (home() / _OPTIONS / key).unlink()


def find_option(project: Path, name: str, recorded: str) -> str:
    """Return the absolute path or the address of a recorded option. A path may be missing now."""
    remembered = _remembered(_OPTIONS, _option_key(project, name))
    if remembered and shareable(remembered, project) == recorded:
        return remembered
    return recorded if _is_address(recorded) else str(_whole(project / _without_scheme(recorded)))


def is_same_option(project: Path, name: str, recorded: str, value: str) -> bool:
    """Return whether a recorded option has this value, as far as this machine knows."""
    if recorded != shareable(value, project):
        return False
    found = find_option(project, name, recorded)
    if _is_address(value) or not Path(found).exists():
        return True
    return os.path.realpath(found) == os.path.realpath(_without_scheme(value))


def _is_address(value: str) -> bool:
    return _ADDRESS.match(value) is not None


def _without_scheme(value: str) -> str:
    return unquote(urlsplit(value).path) if value.startswith("file://") else value


def _whole(path: Path) -> Path:
    """Return an absolute path without `..` parts. A link keeps its own name."""
    return path.parent.resolve() / path.name if path.name not in ("", "..") else path.resolve()


def _is_near(path: Path, project: Path) -> bool:
    try:
        common = Path(os.path.commonpath([path, project]))
    except ValueError:  # another drive on Windows
        return False
    return common != Path(common.anchor) and common not in Path.home().resolve().parents


def _option_key(project: Path, name: str) -> str:
    return hashlib.sha256(f"{project.resolve()}\n{name}".encode(errors="surrogateescape")).hexdigest()


def _remember(folder: str, key: str, value: str) -> None:
    with suppress(OSError):  # without the cache, the option or --model names it
        place = home() / folder / key
        place.parent.mkdir(parents=True, exist_ok=True)
        write_whole(place, value.encode(errors="surrogateescape"))


def _remembered(folder: str, key: str) -> str:
    with suppress(OSError):
        return (home() / folder / key).read_bytes().decode(errors="surrogateescape")
    return ""
