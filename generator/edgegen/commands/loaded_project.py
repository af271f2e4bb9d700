"""Load a project: its record, and the options that it was made with."""

import contextlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgegen.artifacts.metadata import read_metadata
from edgegen.artifacts.model_reader import load_model_spec
from edgegen.base import naming
from edgegen.base.errors import EdgegenError, InputError
from edgegen.base.model_files import METADATA_NAME, PTE_NAME
from edgegen.commands.request import Request, TemplateRecord
from edgegen.commands.resolve_model import project_manifest
from edgegen.model.spec import ModelSpec
from edgegen.project import base_files, checkpoint_places, manifest, option_table
from edgegen.project.manifest import Manifest
from edgegen.project.models import ModelPlace
from edgegen.targets import Target, of


@dataclass(frozen=True)
class LoadedProject:
    """A project on disk, its record and its target."""

    path: Path
    manifest: Manifest
    target: Target

    @property
    def model_dir(self) -> Path:
        """The folder of the first model."""
        return self.path / self.target.model_dir

    def first_spec(self) -> ModelSpec | None:
        """Return the specification of the first model; None if its files are missing or damaged."""
        try:
            return load_model_spec(self.model_dir / PTE_NAME, self.model_dir / METADATA_NAME)
        except EdgegenError:
            return None

    def has_model_files(self, place: ModelPlace) -> bool:
        """Return whether a model's files exist: many people do not commit them to git."""
        folder = self.model_dir / place.folder
        return all((folder / name).is_file() for name in (PTE_NAME, METADATA_NAME))

    @property
    def version(self) -> str:
        """The edgegen version that made it."""
        return str(self.manifest.versions.get("edgegen", ""))


def load_project(path: Path) -> LoadedProject:
    """Read a project's record; InputError if edgegen did not make it, or a newer edgegen did."""
    recorded = manifest.read(path) if path.is_dir() else None
    if recorded is not None and recorded.target == manifest.EXPORT:
        raise InputError(
            f"{path} is an export, not a project",
            "export again with `edgegen export --force`, or make a project of it with `edgegen new`",
        )
    record = project_manifest(path)
    return LoadedProject(path, record, of(record))


def recorded_request(project: LoadedProject) -> Request:
    """Return the request that made the project, with the app's name; InputError for a damaged manifest."""
    record = project.manifest.options
    try:
        values = project.manifest.option_values(project.path)
        if "name" not in values:
            values["name"] = app_name(project)
        for name in option_table.PATHS:
            if name in values:
                found = checkpoint_places.find_option(project.path, name, str(values[name]))
                values[name] = Path(found)
        values["app"] = project.manifest.app if project.target.apps else None
        return Request(str(record["model"]), targets=(project.target.name,), **values, **_template(project))
    except (KeyError, TypeError, ValueError) as error:
        why = f"{type(error).__name__}: {error}"
        raise InputError(
            f"the options in {project.path / manifest.NAME} cannot be read: {why}", manifest.RESTORE
        ) from None


def _template(project: LoadedProject) -> dict[str, Any]:
    """Return the fields of a Request for a project's template.

    A project made from a tag follows newer tags. A branch or a commit stays: the tags may be older.
    """
    record = project.manifest.options.get("template")
    if not record:
        return {}
    source = checkpoint_places.find_option(project.path, "template", str(record["source"]))
    ref, version = str(record.get("ref") or ""), str(record["version"])
    if version and ref in ("", version):
        template = Path(source).as_uri() if Path(source).is_absolute() else source
    else:
        template = f"{source}@{ref}" if ref else source
    return {
        "template": template,
        "template_record": TemplateRecord(
            version,
            str(record.get("commit") or ""),
            dict(record["answers"]),
            {str(name): str(text) for name, text in dict(record.get("data") or {}).items()},
            tuple(map(str, record.get("secrets") or ())),
        ),
    }


def options_for_display(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options for display, with a template's address and answers as options of their own."""
    plain = dict(options)
    record = plain.pop("template", None)
    if isinstance(record, dict):
        version, source = record.get("version"), record.get("source")
        plain["template"] = f"{source}@{version}" if version else source
        for answers in (record.get("data"), record.get("answers")):
            if isinstance(answers, Mapping):  # the manifest may be third-party
                plain |= {f"data {name}": value for name, value in answers.items()}
    return plain


def app_name(project: LoadedProject) -> str:
    """Return the app's default name: its model's as `new` read it, also if metadata.yaml was edited since."""
    here = project.model_dir / METADATA_NAME
    name = here.relative_to(project.path).as_posix()
    recorded = ""
    if manifest.sha256(here) != project.manifest.files.get(name):
        with contextlib.suppress(EdgegenError), tempfile.TemporaryDirectory() as folder:
            written = Path(folder) / METADATA_NAME
            written.write_bytes((base_files.read(project.path, project.manifest) or {}).get(name, b""))
            recorded = read_metadata(written).display_name
    if not recorded:
        with contextlib.suppress(EdgegenError):
            recorded = read_metadata(here).display_name
    return recorded or naming.name_from_path(Path(str(project.manifest.options["model"])))
