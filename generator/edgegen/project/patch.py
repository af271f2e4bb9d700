"""An owner's edits as a patch that `git apply` takes, and which files are the owner's own."""

import os
import shutil
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edgegen.project import base_files, exchange, manifest, merging
from edgegen.project.manifest import Manifest
from edgegen.project.merge_file import git

_DIFFERENT: Final = 1  # git's exit status where there is a difference


@dataclass(frozen=True)
class Patch:
    """What the owner changed."""

    text: bytes
    left_out: tuple[str, ...]  # what no patch of lines can hold, each with why


def added(project: Path, known: Manifest, build_dirs: Collection[str]) -> list[str]:
    """Return the files in a project that edgegen did not write, less what its .gitignore leaves out.

    Raises:
        RenderError: Git is not here.
    """
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
    ours = {*known.files, manifest.NAME, base_files.NAME}
    folders = tuple(f"{folder}/" for folder in (*build_dirs, exchange.ASIDE))
    return sorted(name for name in names if name not in ours and not name.startswith(folders))


def patch(project: Path, known: Manifest, base: Mapping[str, bytes], build_dirs: Collection[str]) -> Patch:
    """Return the owner's edits of a project, of which edgegen wrote `base`.

    Raises:
        RenderError: Git is not here.
    """
    edited, deleted = merging.edited(known, project)
    theirs = added(project, known, build_dirs)
    new = [name for name in theirs if not merging.is_beside(name, known.files)]
    left_out = [f"{name} lies where an update put it, to be settled" for name in theirs if name not in new]
    with tempfile.TemporaryDirectory(prefix="edgegen-") as scratch:
        # Named as git names the sides, so that its patch looks like any other.
        before, after = Path(scratch) / "a", Path(scratch) / "b"
        before.mkdir()
        after.mkdir()
        for name in sorted([*edited, *deleted, *new]):
            path = project / name
            if name.endswith("/"):
                left_out.append(f"{name} is a repository of its own")
            elif path.is_dir() and not path.is_symlink():
                left_out.append(f"{name} is a folder now")
            elif name not in deleted and not (path.is_symlink() or path.is_file()):
                left_out.append(f"{name} is no file")
            elif name not in new and name not in base:
                what = "deleted" if name in deleted else "edited"
                left_out.append(f"{name} was {what}: it is no text, or what edgegen wrote there is not known")
            elif name not in deleted and not path.is_symlink() and not base_files.is_text(path.read_bytes()):
                left_out.append(f"{name} is no text")
            else:
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


def _file(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
