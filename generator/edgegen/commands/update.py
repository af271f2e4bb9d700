"""`edgegen update`: a project is rendered anew, merged with its owner's edits, proven, and exchanged."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import Any, Final

from edgegen.artifacts.model_reader import load_model_spec
from edgegen.base.errors import EdgegenError, ParityError, ToolchainError
from edgegen.base.progress import Progress
from edgegen.base.staging import staging, writing_to
from edgegen.commands import doctor, rerender
from edgegen.commands.change import Change, copy, merged
from edgegen.commands.prepare_model import not_taken_in
from edgegen.commands.recorded_options import Subject, app_name, flat, subject
from edgegen.commands.rerender import Rendering
from edgegen.commands.verify import verify
from edgegen.model.spec import ModelSpec
from edgegen.parity.report import Report
from edgegen.project import base_files, merging
from edgegen.project.manifest import Manifest
from edgegen.project.merging import Plan, Sides
from edgegen.project.models import RECORDED

CONFLICTS: Final = 8  # the exit code of an update that leaves conflicts
_UNTRUSTED: Final = "not verified: that runs the template's programs; look at them, or add --trust"
_PRETENDED: Final = "not verified: with --pretend no program of the template runs"


@dataclass(frozen=True)
class Model:
    """What a project runs, in a few words."""

    origin: str  # the checkpoint, or what MODEL was
    sha256: str  # of the .pte
    task: str = ""
    classes: int = 0
    imgsz: tuple[int, int] = (0, 0)  # height, width
    precision: str = ""


@dataclass
class Update:
    """What an update did, or would do."""

    project: Path
    target: str
    plan: Plan
    models: tuple[Model, Model]  # from, to
    versions: tuple[str, str]
    options: Mapping[str, tuple[Any, Any]]
    changed: bool  # whether anything is other than before, if only in edgegen's books
    report: Report | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """Return what the command ends with."""
        if self.plan.conflicts:
            return CONFLICTS
        return ParityError.exit_code if self.report is not None and not self.report.passed else 0


def update(
    project: Path,
    given: Mapping[str, Any],
    progress: Progress,
    *,
    pretend: bool = False,
    proof: bool = True,
    keep: bool = False,
) -> Update:
    """Bring a project up to date: newer templates, another model, other options; its owner's edits stay.

    `given` holds fields of a Request, those that something was said of. What is merged without a conflict is
    verified before it comes into the project's place, if there is proof; `keep` takes it whatever that says.

    Raises:
        EdgegenError: As each step says; the project is then as it was.
    """
    it = subject(project)
    # Before anything is exported: it would be refused afterwards, or look as if there were nothing to do.
    merging.check_no_conflicts(project, it.known)
    with rerender.scratch() if pretend else staging(project) as workspace, writing_to(project):
        base = rerender.base_of(it, progress)
        made_anew = rerender.rendered_anew(it, given, base, workspace, progress, fetch=not pretend)
        with made_anew as rendering:
            sides = Sides(
                project,
                it.known.files,
                base,
                rendering.folder,
                rendering.manifest.files,
                [*it.target.users_files, *_drawn(it)],
                f"edgegen {rendering.manifest.versions['edgegen']}",
                rerender.moves(it, rendering),
                _of_a_model(rendering),
            )
            progress.step("Merge")
            change = merged(sides, workspace / "place")
            made = _described(it, rendering, change, base)
            made.notes += _left_alone(it, sides.moves, rendering.manifest.files)
            made.notes += [
                line
                for name in change.plan.kept
                if name in it.target.users_files
                for line in not_taken_in(it.target, name, project, rendering.folder, given)
            ]
            made.notes += [
                f"still to settle: {name} is {'yours' if os.path.lexists(project / name) else 'not there'}, "
                f"and edgegen's lies beside it in {beside}"
                for name, beside in change.plan.waiting.items()
            ]
            if change.changes and not change.plan.conflicts and proof:
                if it.target.is_custom and not given.get("trust"):
                    made.notes.append(_UNTRUSTED)
                elif rendering.target.why_not_verified is not None:
                    why, hint = rendering.target.why_not_verified
                    made.notes.append(f"not verified: {why}; {hint}")
                elif it.target.is_custom and pretend:
                    made.notes.append(_PRETENDED)
                else:
                    _prove(made, it, change, rendering.checkpoint, progress, keep=keep)
            if made.changed and not pretend:
                change.place(project, it.known)
    return made


def _drawn(it: Subject) -> list[str]:
    """Return the pictures in a project that edgegen drew and its owner may have drawn otherwise."""
    patterns = it.target.replaceable_pictures
    return [name for name in it.known.files if any(fnmatch(name, pattern) for pattern in patterns)]


def _left_alone(it: Subject, moved: Mapping[str, str], now: Iterable[str]) -> list[str]:
    """Name the owner's own files in folders whose files edgegen writes elsewhere now."""
    where = {PurePosixPath(old).parent: PurePosixPath(new).parent for new, old in moved.items()}
    for name in now:
        where.pop(PurePosixPath(name).parent, None)
    return [
        f"{(folder / path.name).as_posix()} is yours, and what edgegen wrote beside it is in {new} now"
        for folder, new in sorted(where.items())
        for path in sorted((it.path / folder).glob("*"))
        if path.is_file() and (folder / path.name).as_posix() not in it.known.files
    ]


def _of_a_model(rendering: Rendering) -> tuple[str, ...]:
    """Return the files that models are: many leave them out of git, and no project goes without."""
    names = {"model.pte", "metadata.yaml"}
    folder = rendering.target.model_dir
    return tuple(
        name
        for name in rendering.manifest.files
        if name.startswith(f"{folder}/") and name.rpartition("/")[2] in names
    )


def _described(it: Subject, rendering: Rendering, change: Change, base: Mapping[str, bytes]) -> Update:
    plan, before, now = change.plan, it.known, rendering.manifest
    was, then = (flat(each.options) for each in (before, now))
    options = {
        name: (was.get(name), then.get(name))
        for name in {**was, **then}
        # Older manifests record None and [] for options without a value.
        if name not in {"model", RECORDED} and (was.get(name) or None) != (then.get(name) or None)
    }
    if "name" in options and options["name"] == (None, app_name(it)):  # by now somebody's choice; the same
        del options["name"]
    several = tuple(", ".join(place.key for place in each.models) for each in (before, now))
    if several[0] != several[1]:
        options["models"] = (several[0] or "one", several[1] or "one")
    pte = f"{it.target.model_dir}/model.pte"
    try:
        spec = load_model_spec(it.model_dir / "model.pte", it.model_dir / "metadata.yaml")
    except EdgegenError:
        spec = None
    pte_now = f"{rendering.target.model_dir}/model.pte"
    models = (_model(before, spec, pte), _model(now, rendering.spec, pte_now))
    versions = (it.version, str(now.versions["edgegen"]))
    has_base = (it.path / base_files.NAME).is_file()
    books = not has_base or (before.options, before.versions, before.checkpoint, before.files) != (
        now.options,
        now.versions,
        now.checkpoint,
        now.files,
    )
    made = Update(
        it.path,
        it.target.name,
        plan,
        models,
        versions,
        options,
        books or change.changes,
    )
    unknown = [
        name
        for name in plan.conflicts
        if name in before.files
        and name not in base
        and base_files.is_text((rendering.folder / name).read_bytes())
    ]
    made.notes += [
        f"what edgegen {it.version} wrote in {name} is not known: compare yours with {plan.beside[name]}"
        for name in unknown
    ]
    return made


def _model(known: Manifest, spec: ModelSpec | None, pte: str) -> Model:
    origin = known.checkpoint.get("path") or str(known.options.get("model", ""))
    digest = known.files.get(pte, "")
    if spec is None:
        return Model(origin, digest)
    return Model(
        origin,
        digest,
        spec.task,
        len(spec.class_names),
        (spec.input.height, spec.input.width),
        spec.precision,
    )


def _prove(
    made: Update, it: Subject, change: Change, checkpoint: Path | None, progress: Progress, *, keep: bool
) -> None:
    """Verify the merged project, in a folder beside the one that it is to replace.

    Raises:
        ParityError: It does not show what PyTorch shows, and the project as it stands does.
        ToolchainError: It does not build, and the project as it stands does.
    """
    try:
        doctor.require(it.target)
    except ToolchainError as error:
        made.notes.append(f"not verified, for want of tools: {error.message}; {error.hint}")
        return
    failure: EdgegenError | None = None
    try:
        made.report = _verified(it, change, checkpoint, progress, made)
    except ToolchainError as error:
        failure = error
    if made.report is not None and made.report.passed:
        return
    what = failure.message if failure else _failed(made.report)
    if not keep and _passes(it, progress):
        if failure:
            raise ToolchainError(
                f"updated, the project does not build any more: {what}",
                "nothing was changed; --keep updates it all the same, for you to fix",
            )
        raise ParityError(
            f"updated, the project does not show PyTorch's {_shown(made.report)} any more: {what}",
            "nothing was changed; --keep updates it all the same, for you to fix",
        )
    if failure:
        made.notes.append(f"the project does not build: {what}")
    elif not keep:
        made.notes.append("it did not show what PyTorch shows before this update, either")


def _failed(report: Report | None) -> str:
    """Name the stages that failed, with how far they are off."""
    stages = [stage for stage in report.stages if not stage.passed] if report else []
    return "; ".join(
        f"stage {stage.name}: {stage.worst:.3g} {stage.unit}, the tolerance is {stage.tolerance:g}"
        for stage in stages
    )


def _shown(report: Report | None) -> str:
    return report.shows if report else "boxes"


def _passes(it: Subject, progress: Progress) -> bool:
    """Tell whether the project as it stands shows what PyTorch shows."""
    progress.note("that failed: the project as it stands is verified, too")
    try:
        return _verified(it, None, None, progress, None).passed
    except EdgegenError:
        return False


def _verified(
    it: Subject, change: Change | None, checkpoint: Path | None, progress: Progress, made: Update | None
) -> Report:
    """Verify a copy of the project, as a change makes it or as it is; the project itself is not touched.

    The copy is a sibling, so that what the owner's build files say of `..` holds there too. `made` is told
    what no copy can hold.
    """
    with staging(it.path) as aside:
        uncopied = copy(it, aside)
        if change is not None:
            change.apply(aside)
        if uncopied and made is not None:
            made.notes.append(f"verified without {_some(uncopied)}: not regular files")
        return verify(aside, checkpoint=checkpoint, images=(), progress=progress)


def _some(names: Sequence[str], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
