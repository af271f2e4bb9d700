"""`edgegen batch`: make a project of many models. A model that fails does not stop the others."""

import json
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from edgegen.base.errors import EdgegenError, InputError, ParityError, UsageError
from edgegen.base.progress import Silent
from edgegen.base.staging import sweep, writing_to
from edgegen.commands import batch_record
from edgegen.commands.batch_list import BatchList, Item, read_list
from edgegen.commands.batch_plan import FAILED, MADE, UNCHANGED, WOULD, Row, plan
from edgegen.commands.children import Children
from edgegen.commands.request import Request
from edgegen.commands.select_targets import chosen_targets
from edgegen.project import exchange, manifest
from edgegen.project.context import Options
from edgegen.targets import Target


class Watcher(Protocol):
    """Shows the progress. Several threads call it."""

    def show(self, name: str, line: str) -> None:
        """Show a line of a project's process."""

    def finish(self, rows: Sequence[Row], done: int, of: int) -> None:
        """Show the results of a model, and how many models are done."""


@dataclass(frozen=True)
class Batch:
    """The checked arguments of `edgegen batch`. All projects share `options`."""

    path: Path
    output: Path
    options: Request
    chosen: tuple[Target, ...]
    jobs: int = 1
    verify: bool = False
    only: tuple[str, ...] = ()

    def listed(self) -> BatchList:
        """Read the list of models; InputError if it does not fit the targets."""
        found = read_list(self.path, self._model_of)
        takes_package = any("package" in target.options for target in self.chosen)
        if any(item.package for item in found.items) and not takes_package:
            names = " and ".join(target.name for target in self.chosen)
            raise InputError(
                f"{self.path} gives packages, which mean nothing to {names}",
                "remove the column `package`, or add --target android",
            )
        return found.only(self.only)

    def place(self, folder: str, target: Target) -> Path:
        """Return a project's folder: OUTPUT/NAME, or OUTPUT/NAME/TARGET if there are several targets."""
        return self.output / folder if len(self.chosen) == 1 else self.output / folder / target.name

    def request_for(self, item: Item) -> Request:
        """Return the arguments of `edgegen new` for a model."""
        classes = item.classes if item.classes is not None else self.options.classes
        return replace(self.options, model=item.model, name=item.name, package=item.package, classes=classes)

    def _model_of(self, folder: str) -> Path | None:
        """Return the model that the project in this folder was made from, if there is one."""
        for target in self.chosen:
            project = self.place(folder, target)
            with suppress(EdgegenError, OSError):
                record = manifest.read(project)
                if record is not None:
                    origin = str(record.options.get("model", ""))  # the manifest may be third-party
                    checkpoint = record.checkpoint.get("path")
                    return Path(os.path.realpath(project / checkpoint if checkpoint else origin))
        return None


def check(
    path: Path, output: Path, options: Request, jobs: int, verify: bool, only: tuple[str, ...]
) -> Batch:
    """Check the arguments, and raise the errors that every project would have."""
    with chosen_targets(options, Silent()) as chosen:
        targets = tuple(chosen)
    if verify and not options.trust and any(target.is_custom for target in targets):
        raise UsageError(
            "--verify runs the programs of the template", "look at them; if you trust them, add --trust"
        )
    if not 1 <= jobs <= 64:
        raise UsageError(f"--jobs is {jobs}, but must be between 1 and 64", "leave it out for 1")
    for target in targets:
        if verify and target.why_not_verified is not None:
            why, hint = target.why_not_verified
            raise UsageError(f"nothing can be verified: {why}", f"leave --verify out, or {hint}")
    options.int8()
    Options("app", "app", options.confidence, options.iou, options.max_det)
    if output.exists() and not output.is_dir():
        raise InputError(f"the output folder {output} is a file", "name another with --output")
    if output.is_dir() and manifest.read(output) is not None:
        raise InputError(
            f"the output folder {output} is itself a project, and each model gets a folder in it",
            "name another with --output",
        )
    return Batch(path, output, options, targets, jobs, verify, only)


def run_all(batch: Batch, listed: BatchList, watcher: Watcher, *, pretend: bool = False) -> list[Row]:
    """Make the projects that are missing or changed, each in its own process, and verify them if asked.

    Returns:
        The result of each project, in the list's order.

    Raises:
        RenderError: The output folder cannot be written.
    """
    if pretend:
        return [row for item in listed.items for row in _pretended(batch, item)]
    rows = dict[str, list[Row]]()
    with writing_to(batch.output):
        existed = batch.output.exists()
        batch.output.mkdir(parents=True, exist_ok=True)
    record = batch_record.read(batch.output)
    try:
        with (
            Children(batch.jobs) as children,
            ThreadPoolExecutor(batch.jobs) as pool,
        ):
            waiting = {
                pool.submit(_make, batch, item, children, watcher, record): item for item in listed.items
            }
            try:
                for done, future in enumerate(as_completed(waiting), start=1):
                    found = rows[waiting[future].folder] = future.result()
                    batch_record.add(batch.output, found)
                    watcher.finish(found, done, len(waiting))
            except BaseException:
                children.stop()
                pool.shutdown(wait=True, cancel_futures=True)
                raise
    finally:
        if not existed:
            with suppress(OSError):
                batch.output.rmdir()  # if it is empty
    return [row for item in listed.items for row in rows[item.folder]]


def _planned(batch: Batch, item: Item) -> list[Row]:
    rows, request = [], batch.request_for(item)
    for target in batch.chosen:
        project = batch.place(item.folder, target)
        result, why = plan(project, request, target)
        rows.append(Row(item.folder, target.name, item.model, project, result, why=why))
    return rows


def _pretended(batch: Batch, item: Item) -> list[Row]:
    """Return the expected results of a model. Broken files and wrong classes are found."""
    rows = _planned(batch, item)
    if all(row.result != WOULD for row in rows):
        return rows
    error = item.error(batch.options.classes)
    if error is None:
        return rows
    failed = replace(rows[0], result=FAILED, code=error.exit_code, why=error.message)
    return [
        replace(failed, target=row.target, project=row.project) if row.result == WOULD else row
        for row in rows
    ]


def _make(
    batch: Batch, item: Item, children: Children, watcher: Watcher, record: Mapping[str, Any]
) -> list[Row]:
    """Make a model's missing projects, and verify all of them if asked."""
    rows = _planned(batch, item)
    names = [row.target for row in rows if row.result == WOULD]
    if names:
        made = _run_new(batch, item, names, children, watcher)
        rows = [replace(row, **made) if row.target in names else row for row in rows]
    return [_verify(row, children, watcher, record) for row in rows] if batch.verify else rows


def _run_new(
    batch: Batch, item: Item, names: Sequence[str], children: Children, watcher: Watcher
) -> dict[str, Any]:
    """Run `edgegen new` for these targets in a process, and return the fields of their rows."""
    chosen = [target for target in batch.chosen if target.name in names]
    projects = [batch.place(item.folder, target) for target in chosen]
    request = replace(
        batch.request_for(item),
        targets=() if batch.options.template is not None else tuple(names),
        output=projects[0] if len(projects) == 1 else batch.output / item.folder,
    )
    if not any("package" in target.options for target in chosen):
        request = replace(request, package=None)
    ended = children.run(["new", *request.words(), "--json"], lambda line: watcher.show(item.folder, line))
    if ended.killed:
        for project in projects:
            _clean_up(project, batch.output)
    result = MADE if ended.code == 0 else FAILED
    return {
        "result": result,
        "seconds": ended.seconds,
        "code": ended.code,
        **({"why": ended.why} if result == FAILED else {}),
    }


def _verify(row: Row, children: Children, watcher: Watcher, record: Mapping[str, Any]) -> Row:
    """Compare a project with PyTorch, unless the record has the result of the same project."""
    if row.failed:
        return row
    if row.result == UNCHANGED:
        before = batch_record.verified(record, row.name, row.target, row.project)
        if before is not None:
            return replace(row, verified=before)
    watcher.show(row.name, "Verify")
    ended = children.run(["verify", "--json", "--", row.project], lambda line: watcher.show(row.name, line))
    row = replace(row, seconds=row.seconds + ended.seconds)
    report = None
    with suppress(ValueError):
        report = json.loads(ended.stdout)
    if ended.code == 0 and report:
        return replace(row, verified=report)
    why = ended.why
    if ended.code == ParityError.exit_code and report:
        stages = ", ".join(each["name"] for each in report["stages"] if not each["passed"])
        why = f"not the same as {report['authority']}: {stages or 'nothing was compared'}"
    return replace(row, result=FAILED, code=ended.code, why=f"verify: {why}", verified=report)


def _clean_up(project: Path, output: Path) -> None:
    """Remove the temporary folders of a killed process, and undo a half-done exchange of files."""
    with suppress(EdgegenError, OSError):
        if project.is_dir():
            exchange.recover(project)
    for parent in (project.parent, project):
        sweep(parent, project, patience=0)
    if project.parent != output:
        with suppress(OSError):
            project.parent.rmdir()  # the folder of several targets, if it is empty
