"""What a project remembers of how it was made."""

import contextlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from edgegen.base import naming
from edgegen.base.errors import EdgegenError, InputError
from edgegen.commands.request import Request, TemplateRecord
from edgegen.commands.resolve_model import known_project
from edgegen.project import base_files, manifest, option_table
from edgegen.project.manifest import Manifest
from edgegen.project.option_table import STUDIO
from edgegen.targets import Target, of

_HINT: Final = "restore it, or make the project again with `edgegen new --force`"


@dataclass(frozen=True)
class LoadedProject:
    """A project on disk, its record and its target."""

    path: Path
    manifest: Manifest
    target: Target

    @property
    def model_dir(self) -> Path:
        """Where its model lies."""
        return self.path / self.target.model_dir

    @property
    def version(self) -> str:
        """Which edgegen made it."""
        return str(self.known.versions.get("edgegen", ""))


def load_project(path: Path) -> LoadedProject:
    """Read a project's record; InputError if edgegen did not make it, or a newer edgegen did."""
    recorded = manifest.read(path) if path.is_dir() else None
    if recorded is not None and recorded.target == manifest.EXPORT:
        raise InputError(
            f"{path} is an export, not a project",
            "export again with `edgegen export --force`, or make a project of it with `edgegen new`",
        )
    record = known_project(path)
    return LoadedProject(path, record, of(record))


def recorded_request(project: LoadedProject) -> Request:
    """Return what `edgegen new` was told when it made the project, its name in words.

    Raises:
        InputError: The manifest holds what it cannot have been told.
    """
    record = project.manifest.options
    try:
        values = option_table.restored(record)
        if "name" not in values:
            values["name"] = app_name(project)
        if "calibration" in values:
            values["calibration"] = project.path / values["calibration"]
        values["app"] = _app(record, project.target)
        return Request(str(record["model"]), targets=(project.target.name,), **values, **_template(record))
    except (KeyError, TypeError, ValueError) as error:
        why = f"{type(error).__name__}: {error}"
        raise InputError(
            f"the options in {project.path / manifest.NAME} cannot be read: {why}", _HINT
        ) from None


def _app(told: Mapping[str, Any], target: Target) -> str | None:
    """Return which app a project has; those from before there were two have the studio."""
    return str(told.get("app") or STUDIO) if target.apps else None


def _template(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a Request for a project's template.

    A project of a tag follows the tags. One of a branch or a commit stays there: tags may be older.
    """
    kept = told.get("template")
    if not kept:
        return {}
    source, ref, version = str(kept["source"]), str(kept.get("ref") or ""), str(kept["version"])
    if version and ref in ("", version):
        template = Path(source).as_uri() if Path(source).is_absolute() else source
    else:
        template = f"{source}@{ref}" if ref else source
    return {
        "template": template,
        "template_record": TemplateRecord(
            version,
            str(kept.get("commit") or ""),
            dict(kept["answers"]),
            {str(name): str(text) for name, text in dict(kept.get("data") or {}).items()},
            tuple(map(str, kept.get("secrets") or ())),
        ),
    }


def flat(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options for people to read: the address of a template, and each of its answers."""
    plain = dict(options)
    kept = plain.pop("template", None)
    if isinstance(kept, dict):
        version = kept.get("version")
        plain["template"] = f"{kept.get('source')}@{version}" if version else kept.get("source")
        for answers in (kept.get("data"), kept.get("answers")):
            if isinstance(answers, Mapping):  # a manifest may come from anywhere
                plain |= {f"data {name}": value for name, value in answers.items()}
    return plain


def app_name(project: LoadedProject) -> str:
    """Return what an app is called that nobody gave a name: after its model, as `new` did it.

    What edgegen wrote says so, before what the owner made of it: a file that is gone renames no app.
    """
    here = project.model_dir / "metadata.yaml"
    name = here.relative_to(project.path).as_posix()
    if manifest.sha256(here) == project.manifest.files.get(name):
        recorded = _name_in(here)
    else:
        recorded = _name_in_base(project, name) or _name_in(here)
    if recorded:
        return recorded
    return naming.model_name(Path(str(project.manifest.options["model"])))


def _name_in(metadata: Path) -> str:
    """Return the name of a model that a metadata.yaml says; "" where it is missing or damaged."""
    from edgegen.artifacts.metadata_reader import recorded_name

    with contextlib.suppress(EdgegenError):
        return recorded_name(metadata)
    return ""


def _name_in_base(project: LoadedProject, name: str) -> str:
    with contextlib.suppress(EdgegenError):
        described = (base_files.read(project.path, project.manifest) or {}).get(name)
        if described is not None:
            with tempfile.TemporaryDirectory() as aside:
                metadata = Path(aside) / "metadata.yaml"
                metadata.write_bytes(described)
                return _name_in(metadata)
    return ""
