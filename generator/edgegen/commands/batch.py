"""The steps of `edgegen batch`: many models in, a project of each, whatever becomes of the others."""

import json
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from edgegen import __version__
from edgegen.base import naming, pins
from edgegen.base.errors import EdgegenError, InputError, ParityError, UsageError
from edgegen.base.progress import Silent
from edgegen.base.staging import sweep, writing_to
from edgegen.commands import batch_record
from edgegen.commands.batch_list import BatchList, Item, read_list
from edgegen.commands.batch_options import template_changes, words_of
from edgegen.commands.children import Children, Ended
from edgegen.commands.request import Request
from edgegen.commands.resolve_model import find_model, recorded_checkpoint
from edgegen.commands.select_targets import chosen_targets
from edgegen.project import exchange, manifest
from edgegen.project.building import model_digests, options_record
from edgegen.project.context import Options
from edgegen.project.manifest import Manifest
from edgegen.project.option_table import BY_TARGET, STUDIO, USUAL_APP
from edgegen.sources.exported import ExportedSource
from edgegen.targets import Target

if TYPE_CHECKING:
    from edgegen.sources.source import OpenableSource

MADE: Final = "made"
WOULD: Final = "would be made"
UNCHANGED: Final = "unchanged"
KEPT: Final = "kept"
FAILED: Final = "failed"


@dataclass(frozen=True)
class Row:
    """What became of one project."""

    name: str
    target: str
    model: str
    project: Path
    result: str  # one of those above
    seconds: float = 0.0  # of making it (with those of other targets of the same model) and of verifying it
    code: int = 0  # the exit code of what failed
    why: str = ""  # it failed, was kept, or is made again
    verified: Mapping[str, Any] | None = None  # what `edgegen verify --json` said

    @property
    def failed(self) -> bool:
        """Whether it is not there as it was asked for."""
        return self.result == FAILED

    def to_json(self) -> dict[str, Any]:
        """Return its part of what `--json` prints."""
        return {
            "name": self.name,
            "target": self.target,
            "model": self.model,
            "project": str(self.project),
            "result": self.result,
            "seconds": round(self.seconds, 3),
            "code": self.code,
            "why": self.why,
            "digest": manifest.sha256(self.project / manifest.NAME),
            "verified": self.verified,
        }


class Watcher(Protocol):
    """Shows how far it is; called from several threads."""

    def says(self, name: str, line: str) -> None:
        """Take a line that the process of a project said."""

    def ended(self, rows: Sequence[Row], done: int, of: int) -> None:
        """Take what became of a model, the how manieth of all that is."""


@dataclass(frozen=True)
class Batch:
    """What `edgegen batch` was asked for; `options` are what all projects have in common."""

    path: Path
    output: Path
    options: Request
    jobs: int = 1
    verify: bool = False
    only: tuple[str, ...] = ()
    chosen: tuple[Target, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Refuse at once what would fail for every model."""
        with chosen_targets(self.options, Silent()) as chosen:
            object.__setattr__(self, "chosen", tuple(chosen))
        if self.verify and not self.options.trust and any(target.is_custom for target in self.chosen):
            raise UsageError(
                "--verify runs the programs of the template",
                "look at them; if you trust them, add --trust",
            )
        if not 1 <= self.jobs <= 64:
            raise UsageError(f"--jobs is {self.jobs}, but must lie between 1 and 64", "leave it out for 1")
        for target in self.chosen:
            if self.verify and target.why_not_verified is not None:
                why, hint = target.why_not_verified
                raise UsageError(f"nothing can be verified: {why}", f"leave --verify out, or {hint}")
        self.options.int8()
        Options("app", "app", self.options.confidence, self.options.iou, self.options.max_det)
        if self.output.exists() and not self.output.is_dir():
            raise InputError(f"the output folder {self.output} is a file", "name another with --output")
        if self.output.is_dir() and manifest.read(self.output) is not None:
            raise InputError(
                f"the output folder {self.output} is itself a project, and each model gets a folder in it",
                "name another with --output",
            )

    def listed(self) -> BatchList:
        """Read the list, and check what of it is not for all targets."""
        found = read_list(self.path, self._made_of)
        takes_package = any("package" in it.options for it in self.chosen)
        if any(item.package for item in found.items) and not takes_package:
            names = " and ".join(target.name for target in self.chosen)
            raise InputError(
                f"{self.path} gives packages, which mean nothing to {names}",
                "take the column `package` out, or add --target android",
            )
        return found.only(self.only)

    def place(self, folder: str, target: Target) -> Path:
        """Return where a project goes: OUTPUT/NAME, of several targets OUTPUT/NAME/TARGET."""
        return self.output / folder if len(self.chosen) == 1 else self.output / folder / target.name

    def _made_of(self, folder: str) -> Path | None:
        """Return the model that the project of this name was made from, if there is one."""
        for target in self.chosen:
            project = self.place(folder, target)
            with suppress(EdgegenError, OSError):
                known = manifest.read(project)
                if known is not None:
                    origin = str(known.options.get("model", ""))  # a manifest may come from anywhere
                    recorded = known.checkpoint.get("path")
                    return Path(os.path.realpath(project / recorded if recorded else origin))
        return None


def run_all(batch: Batch, listed: BatchList, watcher: Watcher, *, pretend: bool = False) -> list[Row]:
    """Make what is missing or changed, each in a process of its own, and verify all if that was asked for.

    Returns:
        What became of each, in the list's order. One that fails stops no other.

    Raises:
        RenderError: Nothing can be written to the output folder.
    """
    rows = dict[str, list[Row]]()
    if pretend:
        return [row for item in listed.items for row in _Making(batch, item, None, watcher).pretended()]
    with writing_to(batch.output):
        there = batch.output.exists()
        batch.output.mkdir(parents=True, exist_ok=True)
    record = batch_record.read(batch.output)
    try:
        with (
            Children(batch.jobs) as children,
            ThreadPoolExecutor(batch.jobs) as pool,
        ):
            makings = (_Making(batch, item, children, watcher, record) for item in listed.items)
            waiting = {pool.submit(making.made): making.item for making in makings}
            try:
                for done, future in enumerate(as_completed(waiting), start=1):
                    rows[waiting[future].folder] = future.result()
                    record = batch_record.add(batch.output, future.result())
                    watcher.ended(future.result(), done, len(waiting))
            except BaseException:
                children.stop()
                pool.shutdown(wait=True, cancel_futures=True)
                raise
    finally:
        if not there:
            with suppress(OSError):
                batch.output.rmdir()  # nothing came to be in it
    return [row for item in listed.items for row in rows[item.folder]]


def _checkpoint(source: "OpenableSource", project: Path, known: Manifest) -> Path | None:
    """Return the checkpoint on disk, also of an official name: here, or where the project's came from."""
    path = source.here or source.name_path
    if path.is_file():
        return path
    recorded = recorded_checkpoint(project, known)
    return recorded if recorded is not None and recorded.name == path.name and recorded.is_file() else None


class _Making:
    """One model, and its projects."""

    def __init__(
        self,
        batch: Batch,
        item: Item,
        children: Children | None,
        watcher: Watcher,
        record: Mapping[str, Any] | None = None,
    ) -> None:
        self.item = item
        self._batch, self._children, self._watcher = batch, children, watcher
        self._record = record or {}
        classes = item.classes if item.classes is not None else batch.options.classes
        self._asked = replace(
            batch.options, model=item.model, name=item.name, package=item.package, classes=classes
        )

    def foreseen(self) -> list[Row]:
        """Return what `made` would begin with."""
        return [self._row(target, *self._state(target)) for target in self._batch.chosen]

    def pretended(self) -> list[Row]:
        """Return what would become of it, as far as a look at the model tells."""
        rows = self.foreseen()
        wrong = self.item.wrong(self._asked.classes) if any(row.result == WOULD for row in rows) else None
        if wrong is None:
            return rows
        return [
            replace(row, result=FAILED, code=wrong.exit_code, why=wrong.message)
            if row.result == WOULD
            else row
            for row in rows
        ]

    def made(self) -> list[Row]:
        """Make what is missing, verify what there is, and say what became of all."""
        rows = self.foreseen()
        if to_make := [row.target for row in rows if row.result == WOULD]:
            ended = self._new(to_make)
            rows = [self._after(row, ended) if row.target in to_make else row for row in rows]
        return [self._verified(row) for row in rows] if self._batch.verify else rows

    def _row(self, target: Target, result: str, why: str) -> Row:
        place = self._batch.place(self.item.folder, target)
        return Row(self.item.folder, target.name, self.item.model, place, result, why=why)

    def _state(self, target: Target) -> tuple[str, str]:
        """Return what is to become of a project, and why."""
        project = self._batch.place(self.item.folder, target)
        try:
            if project.is_dir():
                exchange.recover(project)
            known = manifest.read(project)
            if known is None or known.target != target.name:
                return WOULD, ""
            edited = [
                name
                for name in known.edited(project)
                if name not in target.users_files or not (project / name).is_file()
            ]
            changes = self._changes(known, target)
        except (EdgegenError, OSError):
            return WOULD, ""  # `new` says what is wrong there
        if self._asked.force:
            return WOULD, "--force"
        if not edited:
            return (WOULD, f"changed: {', '.join(changes)}") if changes else (UNCHANGED, "")
        files = edited[0] if len(edited) == 1 else f"{edited[0]} and {len(edited) - 1} more"
        news = (
            f"; changed since: {', '.join(changes)} (`edgegen update` with these options merges both)"
            if changes
            else ""
        )
        return KEPT, f"you edited {files}{news}"

    def _changes(self, known: Manifest, target: Target) -> list[str]:
        """Return in words what a project made now would have otherwise."""
        changes = list[str]()
        source = find_model(self.item.model)
        if isinstance(source, ExportedSource):
            ours = [known.files.get(f"{target.model_dir}/{name}") for name in ("model.pte", "metadata.yaml")]
            same = ours == list(model_digests(source.pte, source.metadata))
        else:
            path = _checkpoint(
                cast("OpenableSource", source), self._batch.place(self.item.folder, target), known
            )
            same = path is not None and known.checkpoint.get("sha256") == manifest.sha256(path)
        if not same:
            changes.append("the model")
        slug = naming.slug(self.item.name)
        options = Options(
            self.item.name,
            slug,
            package=self.item.package or naming.default_package(slug),
            bundle_id=naming.default_bundle_id(slug),
            app=self._asked.app or USUAL_APP,
        )
        others = {"model", "template", *(set(BY_TARGET) - set(target.options))}
        if target.is_custom:
            changes += template_changes(known.options.get("template"), target.origin, dict(self._asked.data))
        asked = options_record(self._asked.recorded_of(options), self._batch.place(self.item.folder, target))
        now = {key: value for key, value in asked.items() if key not in others}
        then = {key: value for key, value in {"app": STUDIO, **known.options}.items() if key not in others}
        changes += sorted(key for key in {*now, *then} if (now.get(key) or None) != (then.get(key) or None))
        if dict(known.versions) != {"edgegen": __version__, "executorch": pins.EXECUTORCH}:
            changes.append(f"edgegen (it was {known.versions.get('edgegen')})")
        return changes

    def _new(self, names: Sequence[str]) -> Ended:
        """Run `edgegen new` for these targets, in a process of its own."""
        assert self._children is not None  # noqa: S101
        chosen = [target for target in self._batch.chosen if target.name in names]
        single = self._batch.place(self.item.folder, chosen[0])
        output = single if len(chosen) == 1 else self._batch.output / self.item.folder
        takes_package = any("package" in target.options for target in chosen)
        asked = self._asked if takes_package else replace(self._asked, package=None)
        ended = self._children.run(
            [
                "new",
                *(f"--target={name}" for name in names if self._batch.options.template is None),
                *words_of(asked),
                f"--output={output}",
                "--json",
            ],
            lambda line: self._watcher.says(self.item.folder, line),
        )
        if ended.killed:
            for target in chosen:
                _tidy(self._batch.place(self.item.folder, target), self._batch.output)
        return ended

    def _after(self, row: Row, ended: Ended) -> Row:
        if ended.code == 0:
            return replace(row, result=MADE, seconds=ended.seconds)
        return replace(row, result=FAILED, seconds=ended.seconds, code=ended.code, why=ended.why)

    def _verified(self, row: Row) -> Row:
        """Hold a project against PyTorch, unless that was seen of the very same."""
        assert self._children is not None  # noqa: S101
        if row.failed:
            return row
        if row.result == UNCHANGED:
            before = batch_record.verified(self._record, row.name, row.target, row.project)
            if before is not None:
                return replace(row, verified=before)
        self._watcher.says(row.name, "Verify")
        heard = lambda line: self._watcher.says(row.name, line)  # noqa: E731
        ended = self._children.run(["verify", "--json", "--", row.project], heard)
        row = replace(row, seconds=row.seconds + ended.seconds)
        report = None
        with suppress(ValueError):
            report = json.loads(ended.out)
        if ended.code == 0 and report:
            return replace(row, verified=report)
        why = ended.why
        if ended.code == ParityError.exit_code and report:
            stages = ", ".join(each["name"] for each in report["stages"] if not each["passed"])
            why = f"not the same as {report['authority']}: {stages or 'nothing was compared'}"
        return replace(row, result=FAILED, code=ended.code, why=f"verify: {why}", verified=report)


def _tidy(project: Path, output: Path) -> None:
    """Take away what a process that was killed made aside, and put back what it had half exchanged."""
    with suppress(EdgegenError, OSError):
        if project.is_dir():
            exchange.recover(project)
    for parent in (project.parent, project):
        sweep(parent, project, patience=0)
    if project.parent != output:
        with suppress(OSError):
            project.parent.rmdir()  # of several targets, and none came to be
