"""The files that an update writes and removes: merged in a temporary folder, verified, and exchanged."""

import os
import shutil
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from edgegen.base import interruption
from edgegen.base.errors import EdgegenError, InputError, ParityError, ToolchainError
from edgegen.base.progress import Progress
from edgegen.base.staging import prefix, staging
from edgegen.base.text import first_of
from edgegen.commands import doctor
from edgegen.commands.recorded_options import LoadedProject
from edgegen.commands.verify import verify
from edgegen.parity.report import Report
from edgegen.project import base_files, exchange, manifest, merging
from edgegen.project.manifest import Manifest
from edgegen.project.merging import Plan, Sides


@dataclass(frozen=True)
class Change:
    """The files that an update writes and removes."""

    plan: Plan
    staged: Path  # the folder with the files that are written
    states: Mapping[str, str]  # of the project's files when the plan was made

    def apply(self, folder: Path) -> None:
        """Make the change in a copy of the project."""
        for name in self.plan.removed:
            (folder / name).unlink()
        for name in (*self.plan.written(), *base_files.RECORDS):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            exchange.remove_empty_folder(folder / name)
            (folder / name).unlink(missing_ok=True)  # a link may lead out of the copy, a file be read-only
            shutil.copy(self.staged / name, folder / name)

    def place(self, project: Path, record: Manifest) -> None:
        """Exchange all files of the project, or none. InputError if the project was edited meanwhile."""
        interruption.check()
        written, removed = self.plan.written(), self.plan.removed
        with interruption.defer(), exchange.locked(project):
            edited = [name for name, state in self.states.items() if merging.state(project, name) != state]
            new = sorted({*written} - self.states.keys())
            edited += [name for name in new if _is_occupied(project, name, removed)]
            if manifest.read(project) != record:
                edited.append(manifest.NAME)
            if edited:
                raise InputError(
                    f"{project / edited[0]} was changed during the update",
                    "nothing was changed; repeat the command",
                )
            exchange.exchange(self.staged, project, removed, [*written, *base_files.RECORDS])
            exchange.commit(project)


def prepare_change(sides: Sides, staged: Path) -> Change:
    """Plan the change of every file, and write the new ones into a folder that does not exist yet.

    Raises:
        InputError: Conflicts of an earlier update are left.
        RenderError: Git is missing, and two edits of a file must be merged.
    """
    states = merging.states(sides)
    plan = merging.plan(sides, states)
    staged.mkdir(parents=True)
    write(staged, sides.rendered, plan, sides.project)
    return Change(plan, staged, {**states, **plan.overtaken})


def write(folder: Path, rendered: Path, plan: Plan, project: Path) -> None:
    """Write the files of a plan and edgegen's record into a folder, with the modes of the user's files."""
    for name in (*plan.written(), *base_files.RECORDS):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        source = rendered / plan.sources.get(name, name)
        old = project / plan.moved.get(name, name)
        if name in plan.contents:
            path.write_bytes(plan.contents[name])
        else:
            shutil.copyfile(source, path)
        if old.is_file() and not old.is_symlink():
            path.chmod(stat.S_IMODE(old.stat().st_mode))
        if os.access(source, os.X_OK):
            mode = path.stat().st_mode
            path.chmod(mode | (mode & 0o444) >> 2)


def _is_occupied(project: Path, name: str, removed: list[str]) -> bool:
    """Return whether a new file's path exists. A folder counts unless the change empties it."""
    path = project / name
    if path.is_symlink() or not path.is_dir():
        return os.path.lexists(path)
    files = {each.relative_to(project).as_posix() for each in path.rglob("*") if not each.is_dir()}
    return not files <= {*removed}


_KEEP = "nothing was changed; --keep keeps the update, so that you can fix it"


def prove(
    project: LoadedProject,
    change: Change,
    checkpoint: Path | None,
    progress: Progress,
    notes: list[str],
    *,
    keep: bool,
) -> Report | None:
    """Verify the changed project in a copy, and return the report; None if it was not built.

    Raises:
        ParityError: It differs from PyTorch or cannot be run, and the project without the update passes.
        ToolchainError: It does not build, and the project without the update passes.
    """
    try:
        # With the app that the update brings.
        doctor.require(project.target, (manifest.read(change.staged) or project.manifest).app)
    except ToolchainError as error:
        notes.append(f"not verified, because tools are missing: {error.message}; {error.hint}")
        return None
    report: Report | None = None
    failure = ""
    error_class: type[EdgegenError] = ParityError
    try:
        report = _verify_copy(project, change, checkpoint, progress, notes)
        if report.passed:
            return report
        failure = f"does not show PyTorch's {report.shows} any more: {_failed_stages(report)}"
    except ToolchainError as error:
        failure, error_class = f"does not build any more: {error.message}", ToolchainError
    except ParityError as error:  # for example, its app crashes
        failure = f"cannot be compared with PyTorch any more: {error.message}"
    before = "" if keep else _failure_of_unchanged(project, progress)
    if not keep and not before:
        raise error_class(f"the updated project {failure}", _KEEP)
    if report is None:
        notes.append(f"the updated project {failure}")
    if before:
        notes.append(f"the project failed before this update, too: {before}")
    return report


def _failure_of_unchanged(project: LoadedProject, progress: Progress) -> str:
    """Return how the project fails without the update; "" if it passes.

    Raises:
        RenderError: Its copy cannot be written, which says nothing about the project.
    """
    progress.note("the updated project failed; now verify the project without the update")
    try:
        report = _verify_copy(project, None, None, progress, [])
    except (ToolchainError, ParityError, InputError) as error:
        return error.message
    return "" if report.passed else _failed_stages(report) or report.verdict


def _failed_stages(report: Report) -> str:
    stages = [
        f"stage {stage.name}: {stage.worst:.3g} {stage.unit}, the tolerance is {stage.tolerance:g}"
        for stage in report.stages
        if not stage.passed
    ]
    problems = [problem.partition("\n")[0] for problem in report.problems[:3]]
    return "; ".join([*stages, *problems])


def _verify_copy(
    project: LoadedProject,
    change: Change | None,
    checkpoint: Path | None,
    progress: Progress,
    notes: list[str],
) -> Report:
    """Verify a copy of the project with the change, if any. A sibling: build files may refer to `..`."""
    with staging(project.path) as folder:
        skipped = _copy(project, folder)
        if change is not None:
            change.apply(folder)
        if skipped:
            notes.append(f"verified without {first_of(skipped)}: not regular files")
        return verify(folder, checkpoint=checkpoint, images=(), progress=progress)


def _copy(project: LoadedProject, destination: Path) -> list[str]:
    """Copy a project without its builds and its git history. Return the pipes and sockets, which stay out."""
    top, skipped = project.path.absolute(), list[str]()
    unneeded = {Path(each).as_posix() for each in (*project.target.build_dirs, ".git", exchange.FOLDER)}

    def left_out(folder: str, names: list[str]) -> Iterable[str]:
        inside = Path(folder).absolute().relative_to(top)
        found = []
        for name in names:
            path = (inside / name).as_posix()
            mode = (Path(folder) / name).lstat().st_mode
            if path in unneeded or ("/" not in path and path.startswith(prefix(top))):
                found.append(name)
            elif not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode)):
                found.append(name)
                skipped.append(path)
        return found

    shutil.copytree(project.path, destination, symlinks=True, ignore=left_out, dirs_exist_ok=True)
    return sorted(skipped)
