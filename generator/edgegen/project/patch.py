"""The user's edits as a patch for `git apply`, and the user's own files."""

import os
import shutil
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edgegen.project import base_files, exchange, merging
from edgegen.project.manifest import Manifest
from edgegen.project.merging import git, is_side_file

_DIFFERENT: Final = 1  # git's exit code if there is a difference


@dataclass(frozen=True)
class Patch:
    """The user's edits."""

    text: bytes
    left_out: tuple[str, ...]  # files that are not in the patch, each with the reason


def added(project: Path, known: Manifest, build_dirs: Collection[str]) -> list[str]:
    """Return the files that edgegen did not write, without those that the project's .gitignore excludes."""
    with tempfile.TemporaryDirectory(prefix="edgegen-") as scratch:
        repository = Path(scratch) / "repository"
        git(["init", "--quiet", "--bare", str(repository)], Path(scratch))
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


def patch(project: Path, known: Manifest, base: Mapping[str, bytes], build_dirs: Collection[str]) -> Patch:
    """Return the user's edits. `base` has edgegen's text files. Raise RenderError if git is missing."""
    edited, deleted = merging.edited(known, project)
    users = added(project, known, build_dirs)
    new = [name for name in users if not is_side_file(name, known.files)]
    left_out = [f"{name} is edgegen's version of a file with conflicts" for name in users if name not in new]
    with tempfile.TemporaryDirectory(prefix="edgegen-") as scratch:
        before, after = Path(scratch) / "a", Path(scratch) / "b"  # git's own names of the sides
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
            Path(scratch),
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
