"""Find and load projects: their records, their models, and the options that they were made with."""

import contextlib
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from edgegen import targets
from edgegen.artifacts.metadata import read_metadata
from edgegen.artifacts.model_reader import load_model_spec
from edgegen.base import naming
from edgegen.base.errors import EdgegenError, InputError, reason
from edgegen.base.model_files import METADATA_NAME, PTE_NAME, PTE_SUFFIX, is_model
from edgegen.base.staging import writing_to
from edgegen.commands.request import Request, TemplateRecord
from edgegen.model.spec import ModelSpec
from edgegen.project import base_files, checkpoint_places, exchange, manifest, option_table
from edgegen.project.manifest import Manifest
from edgegen.project.models import ModelPlace
from edgegen.sources.exported import ExportedSource, restore_hint
from edgegen.targets import Target

_DEPTH: Final = 2  # levels of folders of projects: apps/NAME/TARGET


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


def is_project(argument: str) -> bool:
    """Return whether MODEL is a folder made by `edgegen new`."""
    try:
        path = Path(argument).expanduser()
        if not argument or not (path / manifest.NAME).is_file() or list(path.glob(f"*{PTE_SUFFIX}")):
            return False
        record = manifest.read(path)
        return record is None or record.target != manifest.EXPORT
    except (OSError, RuntimeError, ValueError):  # a name that is too long, ~ of an unknown user
        return False
    except InputError:  # a damaged manifest: `load_project` reports it
        return True


def load_project(path: Path) -> LoadedProject:
    """Read a project's record; InputError if edgegen did not make it, or a newer edgegen did."""
    if path.is_file():
        raise InputError(
            f"{path} is a file, and a project is a folder", "give the folder that `edgegen new` made"
        )
    if not path.is_dir():
        raise InputError(f"there is no project {path}", "give a folder that `edgegen new` made")
    with writing_to(path):
        exchange.recover(path)
    record = manifest.read(path)
    if record is None:
        raise InputError(
            f"{path} was not made by edgegen: it has no {manifest.NAME}",
            "give a folder that `edgegen new` made",
        )
    if record.target == manifest.EXPORT:
        raise InputError(
            f"{path} is an export, not a project",
            "export again with `edgegen export --force`, or make a project of it with `edgegen new`",
        )
    manifest.check_version(path, record)
    if record.target not in (*targets.names(), targets.custom_template.NAME):
        raise InputError(
            f"{path} is a project for {record.target!r}, which is not installed here",
            f"give a project for one of: {', '.join(targets.names())}",
        )
    return LoadedProject(path, record, targets.of(record))


def find_projects(folder: Path, unreadable_hint: str) -> list[Path]:
    """Return the folder, if it is a project, or the projects in it. Raise InputError if there are none."""
    try:
        found = list(_projects_below(folder, _DEPTH))
    except OSError as error:
        raise InputError(
            f"{error.filename or folder} cannot be read: {reason(error)}", unreadable_hint
        ) from error
    if manifest.is_export(folder):
        raise InputError(f"{folder} is an export, not a project", "make a project of it with `edgegen new`")
    if not found and folder.is_dir():
        raise InputError(f"there is no project in {folder}", "name a project, or a folder with projects")
    if not found:
        load_project(folder)  # raises the error
    return found


def _projects_below(folder: Path, depth: int) -> Iterator[Path]:
    if (folder / manifest.NAME).is_file():
        if not manifest.is_export(folder):
            yield folder
    elif depth and folder.is_dir():
        for path in sorted(folder.iterdir()):
            if path.is_dir() and not path.name.startswith("."):
                yield from _projects_below(path, depth - 1)


def project_models(project: LoadedProject) -> Iterator[ExportedSource]:
    """Yield the models of a project, without their checkpoints; InputError if a file is missing."""
    for place in project.manifest.models:
        folder = project.model_dir / place.folder
        pte, metadata = folder / PTE_NAME, folder / METADATA_NAME
        for path in (pte, metadata):
            if not path.is_file():
                raise InputError(f"there is no {path.name} in {folder}", restore_hint(folder))
        vectors = project.path / project.target.vectors_dir / place.folder
        yield ExportedSource(pte, metadata, project.path, vectors)


def unchanged_checkpoint(project: Path, record: Mapping[str, str]) -> Path | None:
    """Return a recorded checkpoint if it still has the recorded SHA-256."""
    path = checkpoint_places.find(project, record)
    if path is None or not is_model(path) or manifest.checkpoint_sha256(path) != record.get("sha256"):
        return None
    return path


def readable_origin(project: Path, recorded: str) -> str:
    """Return a recorded path from the current folder. The MODEL argument of another model is unchanged."""
    path = project / recorded
    return str(readable(path)) if path.exists() else recorded


def readable(path: Path) -> Path:
    """Return a path relative to the current folder if it is below it, without `..` parts."""
    whole, here = path.parent.resolve() / path.name, Path.cwd()  # a link keeps its own name
    return whole.relative_to(here) if whole.is_relative_to(here) else whole


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
