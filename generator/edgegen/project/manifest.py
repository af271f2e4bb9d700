"""`.edgegen.yml`: how a project was made, and the digest of every file, to detect the user's edits."""

import contextlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from packaging.version import InvalidVersion, Version

from edgegen import __version__
from edgegen.base import pins
from edgegen.base.errors import InputError
from edgegen.base.files import file_sha256
from edgegen.base.model_files import is_model, model_sha256
from edgegen.base.strict_yaml import dump, load_mapping
from edgegen.project import option_table
from edgegen.project.models import RECORDED, ModelPlace, are_valid, places
from edgegen.project.option_table import STUDIO

NAME = ".edgegen.yml"
SCHEMA = 1
EXPORT = "export"  # the target of a folder that `edgegen export` made
EDGEGEN_PREFIX = ".edgegen"  # the prefix of edgegen's own files, at the top of a project
EXCHANGE = ".edgegen-exchange"  # the folder of an unfinished exchange; never part of a project

_AGAIN = "make the project again with `edgegen new --force`"
RESTORE = f"restore it, or {_AGAIN}"  # the hint for a damaged manifest
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
    def models(self) -> tuple[ModelPlace, ...]:
        """The project's models, the first first."""
        return places(self.options, self.checkpoint)

    @property
    def app(self) -> str:
        """The project's app. Before there was a choice, it was the studio."""
        return str(self.options.get("app") or STUDIO)

    def option_values(self, project: Path) -> dict[str, Any]:
        """Return the options as fields of a Request; InputError if one has a wrong value."""
        try:
            return option_table.from_record(self.options)
        except (TypeError, ValueError) as error:
            raise InputError(
                f"the options in {project / NAME} cannot be read: {type(error).__name__}: {error}", RESTORE
            ) from None

    def edited(self, project: Path, users_files: Collection[str] = ()) -> list[str]:
        """Return the files that were edited or deleted. Those in users_files may be edited."""
        changed = (name for name, digest in self.files.items() if sha256(project / name) != digest)
        return [name for name in changed if name not in users_files or not (project / name).is_file()]


def sha256(path: Path) -> str:
    """Return the hexadecimal digest of a file, or "" if it is not a regular file or cannot be read."""
    try:
        return file_sha256(path) if path.is_file() else ""
    except (InputError, OSError):
        return ""


def checkpoint_sha256(path: Path) -> str:
    """Return the hexadecimal digest of all files of a model; "" if there is none, or it cannot be read."""
    try:
        return model_sha256(path) if is_model(path) else ""
    except (InputError, OSError):
        return ""


def relative_files(folder: Path) -> list[str]:
    """Return all files below a folder as sorted relative POSIX paths, without the manifest."""
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
    """Return a project's manifest, or None if it has none. Raise InputError if it is damaged."""
    path = project / NAME
    if not path.is_file():
        return None
    try:
        content = load_mapping(path, any_name=True)
    except InputError as error:
        error.hint = RESTORE
        raise
    schema = content.get("schema")
    if isinstance(schema, int) and schema > SCHEMA:
        raise InputError(
            f"{path} was written by a newer edgegen: it has schema {schema}, this one reads {SCHEMA}",
            f"update edgegen (pip install --upgrade edgegen), or {_AGAIN}",
        )
    if not _is_valid(content):
        raise InputError(f"{path} is not what edgegen writes (schema {SCHEMA})", RESTORE)
    names = ("target", "options", "checkpoint", "files", "versions")
    return Manifest(**{name: content[name] for name in names})


def is_export(folder: Path) -> bool:
    """Return whether `edgegen export` made a folder; False if its manifest is damaged."""
    with contextlib.suppress(InputError):
        known = read(folder)
        return known is not None and known.target == EXPORT
    return False


def check_version(project: Path, known: Manifest) -> None:
    """Raise InputError if a newer edgegen made the project: this one may not know all of its content."""
    made_by = known.versions.get("edgegen", "")
    with contextlib.suppress(InvalidVersion):
        if Version(str(made_by)) > Version(__version__):
            raise InputError(
                f"{project} was made by edgegen {made_by}, and this is {__version__}",
                "update edgegen: pip install --upgrade edgegen",
            )


def _is_valid(content: Mapping[Any, Any]) -> bool:
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
    if not are_valid(content["options"].get(RECORDED)):
        return False
    return all(isinstance(name, str) and is_inside(name) for name in content["files"])


def is_inside(name: str) -> bool:
    """Return whether a recorded path is inside the project and outside the exchange folder.

    A manifest is untrusted input, and a file in the exchange folder could act as the plan of an exchange.
    """
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name:
        return False
    return not path.parts or path.parts[0].casefold() != EXCHANGE
