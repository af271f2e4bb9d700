"""`edgegen status` and `edgegen diff`: how a project was made, what its owner changed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from edgegen import __version__
from edgegen.base.errors import EdgegenError
from edgegen.base.progress import Progress
from edgegen.commands import rerender
from edgegen.commands.recorded_options import Subject, flat, subject
from edgegen.commands.resolve_model import recorded_checkpoint
from edgegen.project import base_files, manifest, merging
from edgegen.project.patch import Patch, added, patch
from edgegen.project.side_files import is_side_file

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


def status(project: Path, progress: Progress) -> Status:
    """Return what is known of a project.

    Raises:
        InputError: It is none of ours, or its base is damaged.
        RenderError: Git is not here.
    """
    it = subject(project)
    base = base_files.read(project, it.known)
    edited, deleted = merging.edited(it.known, project)
    theirs = added(project, it.known, it.target.build_dirs)
    brings, notes = _brings(it, base or {}, progress)
    path = recorded_checkpoint(project, it.known)
    return Status(
        project,
        it.target.name,
        dict(it.known.versions),
        __version__,
        flat(it.known.options),
        it.known.checkpoint.get("path", ""),
        it.known.checkpoint.get("sha256", ""),
        _checkpoint_is(it, path),
        tuple(edited),
        tuple(deleted),
        tuple(name for name in theirs if not is_side_file(name, it.known.files)),
        (
            *merging.unsettled(project, edited),
            *(name for name in theirs if is_side_file(name, it.known.files)),
        ),
        brings,
        base is not None,
        notes,
        _models(it),
    )


def difference(project: Path, progress: Progress) -> Patch:
    """Return the owner's edits as a patch.

    Raises:
        InputError: It is none of ours, or its base is damaged.
        RenderError: Git is not here.
    """
    it = subject(project)
    return patch(project, it.known, rerender.base_of(it, progress), it.target.build_dirs)


def _models(it: Subject) -> tuple[Mapping[str, str], ...]:
    found = []
    for place in it.known.models:
        its = replace(it, known=replace(it.known, checkpoint=place.checkpoint))
        found.append(
            {
                "key": place.key,
                "name": place.name,
                "folder": (Path(it.target.model_dir) / place.folder).as_posix(),
                "model": place.checkpoint.get("path", place.origin),
                "checkpoint_sha256": place.checkpoint.get("sha256", ""),
                "checkpoint_is": _checkpoint_is(its, recorded_checkpoint(it.path, its.known)),
            }
        )
    return tuple(found) if len(found) > 1 else ()


def _checkpoint_is(it: Subject, path: Path | None) -> str:
    if path is None:
        return NONE
    if not path.is_file():
        return MISSING
    return PRESENT if manifest.sha256(path) == it.known.checkpoint.get("sha256") else CHANGED


def _brings(
    it: Subject, base: Mapping[str, bytes], progress: Progress
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return which files an update would change without another model, and why that is not known."""
    try:
        with rerender.scratch() as workspace:
            progress.step("Render what edgegen writes now")
            now = rerender.rendered_as_it_is(it, base, workspace, progress).manifest.files
    except EdgegenError as error:
        return (), (f"what an update would bring is not known: {error.message}",)
    before = it.known.files
    names = {name for name in {*before, *now} if before.get(name) != now.get(name)} - {base_files.NAME}
    return tuple(sorted(names)), ()
