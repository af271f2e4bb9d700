"""`edgegen status` and `edgegen diff`: how a project was made, what its owner changed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from edgegen import __version__
from edgegen.base.errors import EdgegenError
from edgegen.base.progress import Progress
from edgegen.commands import rerender
from edgegen.commands.recorded_options import LoadedProject, flat, load_project
from edgegen.commands.resolve_model import recorded_checkpoint
from edgegen.project import base_files, manifest, merging
from edgegen.project.patch import Patch, added, patch

PRESENT, CHANGED, MISSING, NONE = "present", "changed", "missing", "none"


@dataclass(frozen=True)
class Status:
    """What is known of a project."""

    project: Path
    target: str
    versions: Mapping[str, str]  # that made it
    now: str  # this edgegen's
    options: Mapping[str, Any]
    checkpoint: str  # its path, or ""
    checkpoint_sha256: str  # when the project was made
    checkpoint_is: str  # PRESENT, CHANGED (it is another by now), MISSING, or NONE: an export
    edited: tuple[str, ...]
    deleted: tuple[str, ...]
    added: tuple[str, ...]
    to_settle: tuple[str, ...]  # files with an earlier update's conflicts, and what it put beside others
    brings: tuple[str, ...]  # files that an update would change, with the project's own model
    base: bool  # whether the project holds what edgegen wrote
    notes: tuple[str, ...] = ()
    models: tuple[Mapping[str, str], ...] = ()  # of an app with several, the first first


def status(path: Path, progress: Progress) -> Status:
    """Return what is known of a project.

    Raises:
        InputError: It is none of ours, or its base is damaged.
        RenderError: Git is not here.
    """
    project = load_project(path)
    base = base_files.read(path, project.manifest)
    edited, deleted = merging.edited(project.manifest, path)
    theirs = added(path, project.manifest, project.target.build_dirs)
    brings, notes = _brings(project, base or {}, progress)
    return Status(
        path,
        project.target.name,
        dict(project.manifest.versions),
        __version__,
        flat(project.manifest.options),
        project.manifest.checkpoint.get("path", ""),
        project.manifest.checkpoint.get("sha256", ""),
        _checkpoint_is(project, recorded_checkpoint(path, project.manifest)),
        tuple(edited),
        tuple(deleted),
        tuple(name for name in theirs if not merging.is_beside(name, project.manifest.files)),
        (
            *merging.unsettled(path, edited),
            *(name for name in theirs if merging.is_beside(name, project.manifest.files)),
        ),
        brings,
        base is not None,
        notes,
        _models(project),
    )


def difference(path: Path, progress: Progress) -> Patch:
    """Return the owner's edits as a patch.

    Raises:
        InputError: It is none of ours, or its base is damaged.
        RenderError: Git is not here.
    """
    project = load_project(path)
    return patch(path, project.manifest, rerender.base_of(project, progress), project.target.build_dirs)


def _models(project: LoadedProject) -> tuple[Mapping[str, str], ...]:
    found = []
    for place in project.manifest.models:
        its = replace(project, manifest=replace(project.manifest, checkpoint=place.checkpoint))
        found.append(
            {
                "key": place.key,
                "name": place.name,
                "folder": (Path(project.target.model_dir) / place.folder).as_posix(),
                "model": place.checkpoint.get("path", place.origin),
                "checkpoint_sha256": place.checkpoint.get("sha256", ""),
                "checkpoint_is": _checkpoint_is(its, recorded_checkpoint(project.path, its.manifest)),
            }
        )
    return tuple(found) if len(found) > 1 else ()


def _checkpoint_is(project: LoadedProject, path: Path | None) -> str:
    if path is None:
        return NONE
    if not path.is_file():
        return MISSING
    return PRESENT if manifest.sha256(path) == project.manifest.checkpoint.get("sha256") else CHANGED


def _brings(
    project: LoadedProject, base: Mapping[str, bytes], progress: Progress
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return which files an update would change without another model, and why that is not known."""
    try:
        with rerender.scratch() as workspace:
            progress.step("Render what edgegen writes now")
            now = rerender.rendered_as_it_is(project, base, workspace, progress).manifest.files
    except EdgegenError as error:
        return (), (f"what an update would bring is not known: {error.message}",)
    before = project.manifest.files
    names = {name for name in {*before, *now} if before.get(name) != now.get(name)} - {base_files.NAME}
    return tuple(sorted(names)), ()
