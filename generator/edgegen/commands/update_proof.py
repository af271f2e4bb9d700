"""Compare an updated project with PyTorch before it replaces the project."""

import shutil
import stat
from collections.abc import Iterable
from pathlib import Path

from edgegen.base.errors import EdgegenError, ParityError, ToolchainError
from edgegen.base.progress import Progress
from edgegen.base.staging import prefix, staging
from edgegen.base.text import first_of
from edgegen.commands import doctor
from edgegen.commands.change import Change
from edgegen.commands.recorded_options import LoadedProject
from edgegen.commands.verify import verify
from edgegen.parity.report import Report
from edgegen.project import exchange

_KEEP = "nothing was changed; --keep updates it anyway, for you to fix"


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
        ParityError: It differs from PyTorch, and the project before the update does not.
        ToolchainError: It does not build, and the project before the update does.
    """
    try:
        doctor.require(project.target)
    except ToolchainError as error:
        notes.append(f"not verified, because tools are missing: {error.message}; {error.hint}")
        return None
    report, failure = None, ""
    try:
        report = _verify_copy(project, change, checkpoint, progress, notes)
    except ToolchainError as error:
        failure = error.message
    if report is not None and report.passed:
        return report
    if not keep and _passes_unchanged(project, progress):
        if report is None:
            raise ToolchainError(f"the updated project does not build any more: {failure}", _KEEP)
        stages = "; ".join(
            f"stage {stage.name}: {stage.worst:.3g} {stage.unit}, the tolerance is {stage.tolerance:g}"
            for stage in report.stages
            if not stage.passed
        )
        raise ParityError(
            f"the updated project does not show PyTorch's {report.shows} any more: {stages}", _KEEP
        )
    if report is None:
        notes.append(f"the project does not build: {failure}")
    elif not keep:
        notes.append("the project differed from PyTorch before this update, too")
    return report


def _passes_unchanged(project: LoadedProject, progress: Progress) -> bool:
    progress.note("that failed: now the project without the update")
    try:
        return _verify_copy(project, None, None, progress, []).passed
    except EdgegenError:
        return False


def _verify_copy(
    project: LoadedProject,
    change: Change | None,
    checkpoint: Path | None,
    progress: Progress,
    notes: list[str],
) -> Report:
    """Verify a copy of the project, with the change if there is one.

    The copy is a sibling, because the user's build files may refer to `..`.
    """
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
