"""Find the model that a MODEL argument names: a checkpoint, an export folder, a `.pte`, or a project.

`find_model` returns its source. A source with `is_exported` has a `.pte` to read with `spec`, and maybe a
known `checkpoint`. Any other source is a checkpoint, which `file()` downloads if necessary. Imports no
library.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from edgegen import targets
from edgegen.base import naming
from edgegen.base.errors import InputError, reason
from edgegen.base.files import expand
from edgegen.base.model_files import METADATA_NAME, PTE_NAME, PTE_SUFFIX, is_model
from edgegen.base.staging import writing_to
from edgegen.project import checkpoint_places, exchange, manifest
from edgegen.project.manifest import Manifest
from edgegen.sources.description import NOTHING_SAID, Description
from edgegen.sources.exported import ExportedSource, restore_hint
from edgegen.sources.identify import identify
from edgegen.sources.source import ModelSource

_DEPTH: Final = 2  # levels of folders of projects: apps/NAME/TARGET


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
    except InputError:  # a damaged manifest: `project_manifest` reports it
        return True


def project_manifest(project: Path) -> Manifest:
    """Return the manifest of a project, or raise InputError if edgegen cannot use the folder."""
    if project.is_file():
        raise InputError(
            f"{project} is a file, and a project is a folder", "give the folder that `edgegen new` made"
        )
    if not project.is_dir():
        raise InputError(f"there is no project {project}", "give a folder that `edgegen new` made")
    with writing_to(project):
        exchange.recover(project)
    record = manifest.read(project)
    if record is None:
        raise InputError(
            f"{project} was not made by edgegen: it has no {manifest.NAME}",
            "give a folder that `edgegen new` made",
        )
    manifest.check_version(project, record)
    if record.target not in (*targets.names(), targets.custom_template.NAME):
        raise InputError(
            f"{project} is a project for {record.target!r}, which is not installed here",
            f"give a project for one of: {', '.join(targets.names())}",
        )
    return record


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
        project_manifest(folder)  # raises the error
    return found


def _projects_below(folder: Path, depth: int) -> Iterator[Path]:
    if (folder / manifest.NAME).is_file():
        if not manifest.is_export(folder):
            yield folder
    elif depth and folder.is_dir():
        for path in sorted(folder.iterdir()):
            if path.is_dir() and not path.name.startswith("."):
                yield from _projects_below(path, depth - 1)


def find_model(argument: str, description: Description = NOTHING_SAID) -> ModelSource:
    """Return the source of MODEL, or raise InputError. Of a project, it is the app's first model."""
    return next(find_all_models(argument, description))


def find_all_models(argument: str, description: Description = NOTHING_SAID) -> Iterator[ModelSource]:
    """Yield the sources of MODEL: one, or all models of a project."""
    if description.metadata is not None or not is_project(argument):
        yield identify(argument, description)
        return
    project = expand(argument)
    record = project_manifest(project)
    for place, source in zip(record.models, project_models(project, record), strict=True):
        yield replace(source, checkpoint=unchanged_checkpoint(project, place.checkpoint))


def project_models(project: Path, record: Manifest) -> Iterator[ExportedSource]:
    """Yield the models of a project, without their checkpoints; InputError if a file is missing."""
    target = targets.of(record)
    for place in record.models:
        folder = project / target.model_dir / place.folder
        pte, metadata = folder / PTE_NAME, folder / METADATA_NAME
        for path in (pte, metadata):
            if not path.is_file():
                raise InputError(f"there is no {path.name} in {folder}", restore_hint(folder))
        yield ExportedSource(pte, metadata, project, project / target.vectors_dir / place.folder)


def model_name(source: ModelSource) -> str:
    """Return the name that the export recorded, else one after the path."""
    recorded = source.record.display_name if source.is_exported else ""
    return recorded or naming.name_from_path(source.name_path)


def checkpoint_argument(path: Path | None) -> Path | None:
    """Return the checkpoint that --model names, which may be a project's; InputError if there is none."""
    if path is None or not path.is_dir():
        return path
    source = find_model(str(path))
    if not source.is_exported:
        return path
    if source.checkpoint is None:
        why = "its checkpoint is missing" if source.project is not None else "it is exported"
        raise InputError(
            f"{path} cannot be run in PyTorch: {why}", "give the checkpoint (.pt), or leave out --model"
        )
    return source.checkpoint


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
