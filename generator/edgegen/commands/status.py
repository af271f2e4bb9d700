"""`edgegen status` and `edgegen diff`: how a project was made, and the user's edits."""

import os
import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from edgegen import __version__
from edgegen.base.errors import EdgegenError
from edgegen.base.model_files import is_model
from edgegen.base.progress import Progress
from edgegen.base.staging import scratch
from edgegen.commands import rerender
from edgegen.commands.loaded_project import (
    LoadedProject,
    load_project,
    options_for_display,
    unchanged_checkpoint,
)
from edgegen.project import base_files, checkpoint_places, exchange, merging
from edgegen.project.manifest import Manifest
from edgegen.project.merging import git, is_side_file

PRESENT, CHANGED, MISSING, NONE = "present", "changed", "missing", "none"
_DIFFERENT: Final = 1  # git's exit code if there is a difference


@dataclass(frozen=True)
class Patch:
    """The user's edits, for `git apply`."""

    text: bytes
    left_out: tuple[str, ...]  # files that are not in the patch, each with the reason


@dataclass(frozen=True)
class Status:
    """The state of a project."""

    project: Path
    target: str
    versions: Mapping[str, str]  # that made it
    now: str  # the version of this edgegen
    options: Mapping[str, Any]
    checkpoint: str  # its path, or ""
    checkpoint_sha256: str  # when the project was made
    checkpoint_is: str  # PRESENT, CHANGED, MISSING, or NONE: made from an export
    edited: tuple[str, ...]
    deleted: tuple[str, ...]
    added: tuple[str, ...]
    to_settle: tuple[str, ...]  # conflicts of an earlier update: files, and side files
    brings: tuple[str, ...]  # files that an update would change, with the same model
    base: bool  # whether the project has a copy of the files as edgegen wrote them
    notes: tuple[str, ...] = ()
    models: tuple[Mapping[str, str], ...] = ()  # of an app with several


def status(path: Path, progress: Progress) -> Status:
    """Return the state of a project. InputError if its base is damaged, RenderError if Git is missing."""
    project = load_project(path)
    record = project.manifest
    base = base_files.read(path, record)
    edited, deleted = merging.edited(record, path)
    new_files = users_new_files(path, record, project.target.build_dirs)
    side_files = [name for name in new_files if is_side_file(name, record.files)]
    pending = _pending_changes(project, base or {}, progress)
    return Status(
        project=path,
        target=project.target.name,
        versions=dict(record.versions),
        now=__version__,
        options=options_for_display(record.options),
        checkpoint=record.checkpoint.get("path", ""),
        checkpoint_sha256=record.checkpoint.get("sha256", ""),
        checkpoint_is=_checkpoint_state(project, record.checkpoint),
        edited=tuple(edited),
        deleted=tuple(deleted),
        added=tuple(name for name in new_files if name not in side_files),
        to_settle=(*merging.unsettled(path, edited), *side_files),
        brings=pending.files,
        base=base is not None,
        notes=pending.notes,
        models=_models(project) if len(record.models) > 1 else (),
    )


def difference(path: Path, progress: Progress) -> Patch:
    """Return the user's edits as a patch. Errors: as `status`."""
    project = load_project(path)
    return make_patch(path, project.manifest, rerender.base_of(project, progress), project.target.build_dirs)


def _models(project: LoadedProject) -> tuple[Mapping[str, str], ...]:
    return tuple(
        {
            "key": place.key,
            "name": place.name,
            "folder": (Path(project.target.model_dir) / place.folder).as_posix(),
            "model": place.checkpoint.get("path", place.origin),
            "checkpoint_sha256": place.checkpoint.get("sha256", ""),
            "checkpoint_is": _checkpoint_state(project, place.checkpoint),
        }
        for place in project.manifest.models
    )


def _checkpoint_state(project: LoadedProject, checkpoint: Mapping[str, str]) -> str:
    path = checkpoint_places.find(project.path, checkpoint)
    if path is None or not is_model(path):
        return NONE if path is None else MISSING
    return PRESENT if unchanged_checkpoint(project.path, checkpoint) else CHANGED


class _Pending(NamedTuple):
    """The files that an update with the same model would change; a note if they are unknown."""

    files: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def _pending_changes(project: LoadedProject, base: Mapping[str, bytes], progress: Progress) -> _Pending:
    try:
        with scratch() as workspace:
            progress.step("Render what edgegen writes now")
            now = rerender.render_unchanged(project, base, workspace, progress).manifest.files
    except EdgegenError as error:
        return _Pending(notes=(f"the files that an update would change are unknown: {error.message}",))
    before = project.manifest.files
    names = {name for name in {*before, *now} if before.get(name) != now.get(name)} - {base_files.NAME}
    return _Pending(tuple(sorted(names)))


def users_new_files(project: Path, known: Manifest, build_dirs: Collection[str]) -> list[str]:
    """Return the files that edgegen did not write, without those that the project's .gitignore excludes."""
    with scratch() as folder:
        repository = folder / "repository"
        git(["init", "--quiet", "--bare", str(repository)], folder)
        listed = git(
            [
                f"--git-dir={repository}",
                f"--work-tree={project.resolve()}",
                *("-c", "core.bare=false"),
                *("ls-files", "-z", "--others", "--exclude-standard"),
            ],
            project,
        ).stdout
    names = [os.fsdecode(name) for name in listed.split(b"\0") if name]
    ours = {*known.files, *base_files.RECORDS}
    folders = tuple(f"{folder}/" for folder in (*build_dirs, exchange.FOLDER))
    return sorted(name for name in names if name not in ours and not name.startswith(folders))


def make_patch(
    project: Path, known: Manifest, base: Mapping[str, bytes], build_dirs: Collection[str]
) -> Patch:
    """Return the user's edits. `base` has edgegen's text files. Raise RenderError if git is missing."""
    edited, deleted = merging.edited(known, project)
    users = users_new_files(project, known, build_dirs)
    new = [name for name in users if not is_side_file(name, known.files)]
    left_out = [f"{name} is edgegen's version of a file with conflicts" for name in users if name not in new]
    with scratch() as folder:
        before, after = folder / "a", folder / "b"  # git's own names of the sides
        before.mkdir()
        after.mkdir()
        for name in sorted([*edited, *deleted, *new]):
            path = project / name
            if reason := _why_not(path, name, deleted, new, base):
                left_out.append(f"{name} {reason}")
                continue
            if name not in new:
                _file(before / name).write_bytes(base[name])
            if name not in deleted:
                shutil.copy(path, _file(after / name), follow_symlinks=False)
            if name in edited and not path.is_symlink():
                shutil.copymode(after / name, before / name)
        ran = git(
            [
                *("-c", "core.quotePath=false", "-c", "core.autocrlf=false"),
                *("diff", "--no-index", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames"),
                *("--text", "--src-prefix=", "--dst-prefix=", "a", "b"),
            ],
            folder,
            _DIFFERENT,
        )
    return Patch(ran.stdout, tuple(left_out))


def _why_not(
    path: Path, name: str, deleted: Collection[str], new: Collection[str], base: Mapping[str, bytes]
) -> str:
    """Return why a file cannot be in the patch, or ""."""
    if name.endswith("/"):
        return "is a repository of its own"
    if path.is_dir() and not path.is_symlink():
        return "is a folder now"
    if name not in deleted and not (path.is_symlink() or path.is_file()):
        return "is no file"
    if name not in new and name not in base:
        what = "deleted" if name in deleted else "edited"
        return f"was {what}: it is not text, or edgegen's version is unknown"
    if name not in deleted and not path.is_symlink() and not base_files.is_text(path.read_bytes()):
        return "is no text"
    return ""


def _file(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
