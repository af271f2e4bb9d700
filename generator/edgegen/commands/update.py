"""`edgegen update`: render a project again, merge it with the user's edits, verify it, and exchange it."""

import os
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import Any, Final

from edgegen.base.errors import ParityError
from edgegen.base.model_files import METADATA_NAME, PTE_NAME, PTE_SUFFIX
from edgegen.base.progress import Progress
from edgegen.base.staging import scratch, staging, writing_to
from edgegen.commands import rerender
from edgegen.commands.change import Change, prepare_change, prove
from edgegen.commands.check_options import ignored_options, project_options
from edgegen.commands.recorded_options import (
    LoadedProject,
    app_name,
    load_project,
    options_for_display,
    recorded_request,
)
from edgegen.commands.rerender import Rendering
from edgegen.model.spec import ModelSpec
from edgegen.parity.report import Report
from edgegen.project import base_files, merging
from edgegen.project.checkpoint_places import remember_options
from edgegen.project.manifest import Manifest
from edgegen.project.merging import Plan, Sides
from edgegen.project.models import RECORDED
from edgegen.targets import Target

CONFLICTS: Final = 8  # the exit code of an update that leaves conflicts


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
    plan: Plan
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
            change = prepare_change(sides, workspace / "place")
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
                    checkpoint = rendering.checkpoint
                    result.report = prove(project, change, checkpoint, progress, result.notes, keep=keep)
            if result.changed and not pretend:
                change.place(path, project.manifest)
            if not pretend:
                remember_options(path, rendering.paths)
    return result


def _sides(
    project: LoadedProject, rendering: Rendering, base: Mapping[str, bytes], moves: Mapping[str, str]
) -> Sides:
    """Return the input of the merge."""
    return Sides(
        project=project.path,
        before=project.manifest.files,
        base=base,
        rendered=rendering.folder,
        now=rendering.manifest.files,
        users_files=_users_files(project),
        theirs=f"edgegen {rendering.manifest.versions['edgegen']}",
        moves=moves,
        wanted=_model_files(rendering),
    )


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


def _users_files(project: LoadedProject) -> list[str]:
    """Return the files that stay as the user edited them: settings and drawn pictures."""
    drawn = [
        name
        for name in project.manifest.files
        if any(fnmatch(name, pattern) for pattern in project.target.replaceable_pictures)
    ]
    return [*project.target.users_files, *drawn]


def _notes(
    project: LoadedProject,
    rendering: Rendering,
    plan: Plan,
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


def _model_files(rendering: Rendering) -> tuple[str, ...]:
    """Return the models' files. They are restored if missing: many people do not commit them to git."""
    files = [name for name in rendering.manifest.files if name.startswith(f"{rendering.target.model_dir}/")]
    return tuple(name for name in files if name.endswith((PTE_SUFFIX, f"/{METADATA_NAME}")))


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
