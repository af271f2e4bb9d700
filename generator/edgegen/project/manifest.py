"""`.edgegen.yml`: what made a project, and the digest of every file, to see the user's own edits later."""

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from packaging.version import InvalidVersion, Version

from edgegen import __version__
from edgegen.base import pins
from edgegen.base.errors import InputError
from edgegen.base.files import file_sha256
from edgegen.base.strict_yaml import dump, load_mapping
from edgegen.project.models import RECORDED, Place, are_sound, places

NAME = ".edgegen.yml"
SCHEMA = 1
EXPORT = "export"  # the target of a folder that `edgegen export` made
OWN = ".edgegen"  # what the names of edgegen's own begin with, at the top of a project
EXCHANGE = ".edgegen-exchange"  # the folder of files that are being exchanged: never a part of a project

_ANEW = "make the project again with `edgegen new --force`"
_RESTORE = f"restore it, or {_ANEW}"
_HEAD = """\
# Written by edgegen: how this project was made, and a digest of every file in it. `edgegen new` reads it to
# leave your own edits alone, `edgegen verify` to know what to build. Keep it with the project.
"""


@dataclass(frozen=True)
class Manifest:
    """The content of a project's `.edgegen.yml`."""

    target: str
    options: Mapping[str, Any]  # as given to `edgegen new`
    checkpoint: Mapping[str, str] = field(default_factory=dict)  # path (from the project) and sha256, if any
    files: Mapping[str, str] = field(default_factory=dict)  # relative POSIX path -> sha256
    versions: Mapping[str, str] = field(
        default_factory=lambda: {"edgegen": __version__, "executorch": pins.EXECUTORCH}
    )

    @property
    def models(self) -> tuple[Place, ...]:
        """The project's models, the first first."""
        return places(self.options, self.checkpoint)

    def edited(self, project: Path) -> list[str]:
        """Return the files that are no longer as edgegen wrote them, or no longer there."""
        return [name for name, digest in self.files.items() if sha256(project / name) != digest]


def sha256(path: Path) -> str:
    """Return the hexadecimal digest of a file, or "" when it cannot be read, or is none: a pipe, say."""
    try:
        return file_sha256(path) if path.is_file() else ""
    except (InputError, OSError):
        return ""


def relative_files(folder: Path) -> list[str]:
    """Return all files below a folder as relative POSIX paths, sorted, without the manifest itself."""
    paths = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return sorted(path.as_posix() for path in paths if path != Path(NAME))


def digests(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """Return path -> sha256 of the named files below the folder."""
    return {name: sha256(folder / name) for name in names}


def write(manifest: Manifest, project: Path) -> None:
    """Write `.edgegen.yml` into the project."""
    content = {
        "schema": SCHEMA,
        "target": manifest.target,
        "options": dict(manifest.options),
        "versions": dict(manifest.versions),
        "checkpoint": dict(manifest.checkpoint),
        "files": dict(manifest.files),
    }
    (project / NAME).write_text(_HEAD + dump(content), encoding="utf-8", newline="\n")


def read(project: Path) -> Manifest | None:
    """Read a project's manifest; None where there is none, InputError where it is damaged."""
    path = project / NAME
    if not path.is_file():
        return None
    try:
        content = load_mapping(path, any_name=True)
    except InputError as error:
        error.hint = _RESTORE
        raise
    schema = content.get("schema")
    if isinstance(schema, int) and schema > SCHEMA:
        raise InputError(
            f"{path} was written by a newer edgegen: it has schema {schema}, this one knows {SCHEMA}",
            f"take a newer one (pip install --upgrade edgegen), or {_ANEW}",
        )
    if not _sound(content):
        raise InputError(
            f"{path} is not what edgegen writes (schema {SCHEMA})",
            _RESTORE,
        )
    return Manifest(
        target=content["target"],
        options=content["options"],
        checkpoint=content["checkpoint"],
        files=content["files"],
        versions=content["versions"],
    )


def is_export(folder: Path) -> bool:
    """Tell whether `edgegen export` made a folder; a damaged manifest says nothing of it."""
    with contextlib.suppress(InputError):
        known = read(folder)
        return known is not None and known.target == EXPORT
    return False


def check_version(project: Path, known: Manifest) -> None:
    """Raise InputError where a newer edgegen made a project: it may hold what this one knows nothing of."""
    made_by = known.versions.get("edgegen", "")
    with contextlib.suppress(InvalidVersion):
        if Version(str(made_by)) > Version(__version__):
            raise InputError(
                f"{project} was made by edgegen {made_by}, and this is {__version__}",
                "take that one or a newer one: pip install --upgrade edgegen",
            )


def _sound(content: Mapping[Any, Any]) -> bool:
    if content.get("schema") != SCHEMA:
        return False
    mappings = [content.get(key) for key in ("options", "versions", "checkpoint", "files")]
    if not isinstance(content.get("target"), str) or not all(isinstance(each, dict) for each in mappings):
        return False
    texts = (*content["files"].values(), *content["checkpoint"].values())
    if not all(isinstance(text, str) for text in texts):
        return False
    if not isinstance(content["options"].get("classes"), str | None):
        return False
    if not are_sound(content["options"].get(RECORDED)):
        return False
    return all(isinstance(name, str) and inside(name) for name in content["files"])


def inside(name: str) -> bool:
    """Tell whether a recorded path stays inside the project: a manifest may come from anywhere.

    Where files are exchanged no file of a project stands: what lies there decides about all others.
    """
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name:
        return False
    return not path.parts or path.parts[0].casefold() != EXCHANGE
