"""`edgegen update`: render a project again, merge it with the user's edits, verify it, and exchange it."""

import os
import shutil
import stat
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import Any, Final

from edgegen.base import interruption
from edgegen.base.errors import EdgegenError, InputError, ParityError, ToolchainError
from edgegen.base.model_files import METADATA_NAME, PTE_NAME, PTE_SUFFIX
from edgegen.base.progress import Progress
from edgegen.base.staging import prefix, scratch, staging, writing_to
from edgegen.base.text import first_of
from edgegen.commands import doctor, rerender
from edgegen.commands.loaded_project import (
    LoadedProject,
    app_name,
    load_project,
    options_for_display,
    recorded_request,
)
from edgegen.commands.request import ignored_options, project_options
from edgegen.commands.rerender import Rendering
from edgegen.commands.verify import verify
from edgegen.model.spec import ModelSpec
from edgegen.parity.report import Report
from edgegen.project import base_files, exchange, manifest, merging
from edgegen.project.checkpoint_places import remember_options
from edgegen.project.manifest import Manifest
from edgegen.project.merging import MergePlan, Sides
from edgegen.project.models import RECORDED
from edgegen.targets import Target

CONFLICTS: Final = 8  # the exit code of an update that leaves conflicts
_KEEP = "nothing was changed; --keep keeps the update, so that you can fix it"


@dataclass(frozen=True)
class ModelSummary:
    """The model of a project."""

    origin: str  # the checkpoint, or the MODEL argument
    sha256: str  # of the .pte
    task: str = ""
    classes: int = 0
    imgsz: tuple[int, int] = (0, 0)  # height, width
    precision: str = ""


@dataclass
class Update:
    """The result of an update."""

    project: Path
    target: str
    plan: MergePlan
    model_before: ModelSummary
    model_now: ModelSummary
    version_before: str  # of the edgegen that made the project
    version_now: str
    options: Mapping[str, tuple[Any, Any]]  # those that changed: from, to
    changed: bool  # whether a file changes, or edgegen's record of the project
    report: Report | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """The exit code of the command."""
        if self.plan.conflicts:
            return CONFLICTS
        return ParityError.exit_code if self.report is not None and not self.report.passed else 0


@dataclass(frozen=True)
class Change:
    """The files that an update writes and removes."""

    plan: MergePlan
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


def update(
    path: Path,
    overrides: Mapping[str, Any],
    progress: Progress,
    *,
    pretend: bool = False,
    proof: bool = True,
    keep: bool = False,
) -> Update:
    """Update a project to newer templates, another model or other options, and keep the user's edits.

    `overrides` are fields of a Request. With `proof`, a result without conflicts is verified before it
    replaces the project; `keep` keeps it even if that fails. After an error, the project is unchanged.
    """
    project = load_project(path)
    # First: after a long export it would be too late, or there would seem to be nothing to do.
    merging.check_no_conflicts(path, project.manifest)
    with scratch() if pretend else staging(path) as workspace, writing_to(path):
        base = rerender.base_of(project, progress)
        with rerender.render_update(
            project, overrides, base, workspace, progress, pretend=pretend
        ) as rendering:
            moves = _moves(project, rendering)
            progress.step("Merge")
            sides = _sides(project, rendering, base, moves)
            change = _prepare_change(sides, workspace / "place")
            result = _describe(project, rendering, change)
            result.notes += _notes(project, rendering, change.plan, base, moves)
            for name in change.plan.kept:
                if name in project.target.users_files:
                    result.notes += ignored_options(project.target, name, path, rendering.folder, overrides)
            if proof and change.plan.changes and not change.plan.conflicts:
                why_not = _why_not_verified(project, rendering, overrides, pretend=pretend)
                if why_not:
                    result.notes.append(f"not verified: {why_not}")
                else:
                    result.report = verify_before_exchange(
                        project, change, rendering.checkpoint, progress, result.notes, keep=keep
                    )
            if result.changed and not pretend:
                change.place(path, project.manifest)
            if not pretend:
                remember_options(path, rendering.paths)
    return result


def _moves(project: LoadedProject, rendering: Rendering) -> dict[str, str]:
    """Return the files with a new path, after another package or a new layout: new -> old path."""
    before, now = project.manifest.files, rendering.manifest.files
    request = recorded_request(project)
    old_folders = project.target.segments(project_options(request, [project.target], request.name or ""))
    moves = {}
    for segment, folder in rendering.segments.items():
        for name in now:
            old = name.replace(f"/{folder}/", f"/{old_folders[segment]}/", 1)
            if old != name and old in before and old not in now:
                moves[name] = old
    moves |= _into_folders(before, now)
    return {name: old for name, old in moves.items() if name not in before}


def _into_folders(before: Collection[str], now: Collection[str]) -> dict[str, str]:
    """Return the files that moved into a folder above or below, if their name is unique: new -> old path."""
    gone = _by_unique_name(set(before) - set(now))
    new = _by_unique_name(set(now) - set(before))
    moves = {}
    for file_name in sorted(gone.keys() & new.keys()):
        old, path = gone[file_name], new[file_name]
        if path.parent.is_relative_to(old.parent) or old.parent.is_relative_to(path.parent):
            moves[str(path)] = str(old)
    return moves


def _by_unique_name(names: Collection[str]) -> dict[str, PurePosixPath]:
    """Return the paths by their file names, without those whose file name is repeated."""
    paths = [PurePosixPath(name) for name in names]
    counts = Counter(path.name for path in paths)
    return {path.name: path for path in paths if counts[path.name] == 1}


def _sides(
    project: LoadedProject, rendering: Rendering, base: Mapping[str, bytes], moves: Mapping[str, str]
) -> Sides:
    """Return the input of the merge."""
    names = [name for name in rendering.manifest.files if name.startswith(f"{rendering.target.model_dir}/")]
    drawn = [
        name
        for name in project.manifest.files
        if any(fnmatch(name, pattern) for pattern in project.target.replaceable_pictures)
    ]
    return Sides(
        project=project.path,
        before=project.manifest.files,
        base=base,
        rendered=rendering.folder,
        now=rendering.manifest.files,
        users_files=[*project.target.users_files, *drawn],  # they stay as the user edited them
        theirs=f"edgegen {rendering.manifest.versions['edgegen']}",
        moves=moves,
        # The models' files are restored if missing: many people do not commit them to git.
        wanted=tuple(name for name in names if name.endswith((PTE_SUFFIX, f"/{METADATA_NAME}"))),
    )


def _prepare_change(sides: Sides, staged: Path) -> Change:
    """Plan the change of every file, and write the new ones into a folder that does not exist yet."""
    states = merging.states(sides)
    plan = merging.plan(sides, states)
    staged.mkdir(parents=True)
    _write_files(staged, sides.rendered, plan, sides.project)
    return Change(plan, staged, {**states, **plan.overtaken})


def _write_files(folder: Path, rendered: Path, plan: MergePlan, project: Path) -> None:
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


def _describe(project: LoadedProject, rendering: Rendering, change: Change) -> Update:
    plan, before, now = change.plan, project.manifest, rendering.manifest
    old, new = options_for_display(before.options), options_for_display(now.options)
    options = {
        name: (old.get(name), new.get(name))
        for name in {**old, **new}
        # Older manifests record None and [] for options without a value.
        if name not in {"model", RECORDED} and (old.get(name) or None) != (new.get(name) or None)
    }
    if options.get("name") == (None, app_name(project)):  # recorded from now on, but the same name
        del options["name"]
    old_keys, new_keys = (", ".join(place.key for place in each.models) for each in (before, now))
    if old_keys != new_keys:
        options["models"] = (old_keys or "one", new_keys or "one")
    has_base = (project.path / base_files.NAME).is_file()
    return Update(
        project=project.path,
        target=project.target.name,
        plan=plan,
        model_before=_model(before, project.first_spec(), project.target),
        model_now=_model(now, rendering.spec, rendering.target),
        version_before=project.version,
        version_now=str(now.versions["edgegen"]),
        options=options,
        changed=plan.changes or not has_base or before != now,
    )


def _model(record: Manifest, spec: ModelSpec | None, target: Target) -> ModelSummary:
    origin = record.checkpoint.get("path") or str(record.options.get("model", ""))
    digest = record.files.get(f"{target.model_dir}/{PTE_NAME}", "")
    if spec is None:
        return ModelSummary(origin, digest)
    size = spec.input.height, spec.input.width
    precision = spec.program_for(target.required_backends).precision
    return ModelSummary(origin, digest, spec.task, len(spec.class_names), size, precision)


def _notes(
    project: LoadedProject,
    rendering: Rendering,
    plan: MergePlan,
    base: Mapping[str, bytes],
    moves: Mapping[str, str],
) -> Iterator[str]:
    """Yield notes on files that the user has to look at."""
    before, version = project.manifest.files, project.version
    for name in plan.conflicts:
        if name not in before or name in base:
            continue
        if base_files.is_text((rendering.folder / name).read_bytes()):
            side_file = plan.side_files[name]
            yield f"what edgegen {version} wrote in {name} is unknown: compare yours with {side_file}"
    # The user's own files in folders that edgegen writes under another name now.
    folders = {PurePosixPath(old).parent: PurePosixPath(new).parent for new, old in moves.items()}
    for name in rendering.manifest.files:
        folders.pop(PurePosixPath(name).parent, None)
    for folder, new in sorted(folders.items()):
        for path in sorted((project.path / folder).glob("*")):
            name = (folder / path.name).as_posix()
            if path.is_file() and name not in before:
                yield f"your file {name} stays; edgegen's files moved from there to {new}"
    for name, side_file in plan.waiting.items():  # of earlier updates
        state = "yours" if os.path.lexists(project.path / name) else "missing"
        yield f"a conflict is left: {name} is {state}, and edgegen's version is in {side_file}"


def _why_not_verified(
    project: LoadedProject, rendering: Rendering, overrides: Mapping[str, Any], *, pretend: bool
) -> str:
    """Return why this project is not verified; "" if it can be."""
    if project.target.is_custom and not overrides.get("trust"):
        return "verifying runs the template's programs; read them, then add --trust"
    if rendering.target.why_not_verified is not None:
        why, hint = rendering.target.why_not_verified
        return f"{why}; {hint}"
    if project.target.is_custom and pretend:
        return "with --pretend no program of the template runs"
    return ""


def verify_before_exchange(
    project: LoadedProject,
    change: Change,
    checkpoint: Path | None,
    progress: Progress,
    notes: list[str],
    *,
    keep: bool,
) -> Report | None:
    """Verify the changed project in a copy, and return the report; None if there is none.

    There is none if the copy was not built; with keep also if its app crashed.

    If it fails and the project without the update passes, raise ParityError or ToolchainError.
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
    """Return how the project fails without the update; "" if it passes."""
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


def _is_occupied(project: Path, name: str, removed: list[str]) -> bool:
    """Return whether a new file's path exists. A folder counts unless the change empties it."""
    path = project / name
    if path.is_symlink() or not path.is_dir():
        return os.path.lexists(path)
    files = {each.relative_to(project).as_posix() for each in path.rglob("*") if not each.is_dir()}
    return not files <= {*removed}
