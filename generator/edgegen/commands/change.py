"""What an update makes of a project's files: decided aside, tried on a copy, then exchanged in its place."""

import os
import shutil
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edgegen.base import interruption
from edgegen.base.errors import InputError
from edgegen.base.staging import prefix
from edgegen.commands.recorded_options import Subject
from edgegen.project import base_files, exchange, manifest, merging, side_files
from edgegen.project.manifest import Manifest
from edgegen.project.merging import Plan, Sides

BOOKS: Final = (base_files.NAME, manifest.NAME)


@dataclass(frozen=True)
class Change:
    """Files that are to stand in a project, and those that are to go."""

    plan: Plan  # what the merge decided
    staged: Path  # holds those that are written
    written: tuple[str, ...]  # less edgegen's books, which always are
    removed: tuple[str, ...]
    here: Mapping[str, str]  # what stood there when that was decided

    @property
    def changes(self) -> bool:
        """Tell whether any file is written or taken away."""
        return bool(self.written or self.removed)

    def apply(self, folder: Path) -> None:
        """Do all of it in a copy of the project."""
        for name in self.removed:
            (folder / name).unlink()
        for name in (*self.written, *BOOKS):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            exchange.remove_empty_folder(folder / name)
            (folder / name).unlink(missing_ok=True)  # a link may lead out of the copy, a file be read-only
            shutil.copy(self.staged / name, folder / name)

    def place(self, project: Path, known: Manifest) -> None:
        """Exchange the files of a project, all or none. What was staged is gone then.

        Raises:
            InputError: It was changed since it was read.
        """
        interruption.check()
        with interruption.defer(), exchange.locked(project):
            moved = [name for name, state in self.here.items() if side_files.state(project, name) != state]
            new = {*self.written} - self.here.keys()
            moved += [name for name in sorted(new) if self._is_taken(project, name)]
            if manifest.read(project) != known:
                moved.append(manifest.NAME)
            if moved:
                raise InputError(
                    f"{project / moved[0]} was changed while the update was made",
                    "nothing was changed; type the same again",
                )
            exchange.exchange(self.staged, project, self.removed, [*self.written, *BOOKS])
            exchange.commit(project)

    def _is_taken(self, project: Path, name: str) -> bool:
        """Tell whether something stands where a new file goes: no folder that the change empties."""
        path = project / name
        if path.is_symlink() or not path.is_dir():
            return os.path.lexists(path)
        held = {each.relative_to(project).as_posix() for each in path.rglob("*") if not each.is_dir()}
        return not held <= {*self.removed}


def merged(sides: Sides, staged: Path) -> Change:
    """Decide what becomes of every file, and write what is new into a folder that is not there yet.

    Raises:
        InputError: Conflicts of an earlier update are not settled.
        RenderError: Git is not here, and two edits of a file are to be merged.
    """
    here = merging.states(sides)
    plan = merging.plan(sides, here)
    staged.mkdir(parents=True)
    write(staged, sides.rendered, plan, sides.project)
    return Change(plan, staged, tuple(plan.written()), tuple(plan.removed), {**here, **plan.overtaken})


def write(folder: Path, rendered: Path, plan: Plan, project: Path) -> None:
    """Write what a plan says, and edgegen's books, into a folder, which may be the project's.

    Modes are the owner's: they may have made a file executable, or read-only, and changed nothing in it.
    """
    for name in (*plan.written(), *BOOKS):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        source = rendered / plan.sources.get(name, name)
        owner = project / plan.moved.get(name, name)
        is_file = owner.is_file() and not owner.is_symlink()
        before = stat.S_IMODE(owner.stat().st_mode) if is_file else None
        path.unlink(missing_ok=True)  # it may be read-only
        if name in plan.contents:
            path.write_bytes(plan.contents[name])
        else:
            shutil.copyfile(source, path)
        if before is not None:
            path.chmod(before)
        if os.access(source, os.X_OK):
            mode = path.stat().st_mode
            path.chmod(mode | (mode & 0o444) >> 2)


def copy(it: Subject, aside: Path) -> list[str]:
    """Copy a project, less what it keeps of builds and of its history.

    Returns:
        What is neither a file nor a folder nor a link, a pipe or a socket say: nobody can copy it.
    """
    top, odd = it.path.absolute(), list[str]()

    def left_out(folder: str, names: list[str]) -> Iterable[str]:
        inside = Path(folder).absolute().relative_to(top)
        unneeded = {name for name in names if is_left_out(it, (inside / name).as_posix())}
        strange = [name for name in names if name not in unneeded and _is_odd(Path(folder) / name)]
        odd.extend((inside / name).as_posix() for name in strange)
        return [*unneeded, *strange]

    shutil.copytree(it.path, aside, symlinks=True, ignore=left_out, dirs_exist_ok=True)
    return sorted(odd)


def _is_odd(path: Path) -> bool:
    mode = path.lstat().st_mode
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode))


def is_left_out(it: Subject, name: str) -> bool:
    """Tell whether a copy of a project leaves out what this relative POSIX path names."""
    unneeded = (*it.target.build_dirs, ".git", exchange.FOLDER)
    is_staging = "/" not in name and name.startswith(prefix(it.path.absolute()))
    return is_staging or any(name == Path(each).as_posix() for each in unneeded)
