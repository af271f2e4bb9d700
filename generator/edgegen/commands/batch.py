"""`edgegen batch`: make a project of many models. A model that fails does not stop the others."""

import filecmp
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from edgegen.base.errors import EdgegenError, InputError, ParityError, UsageError
from edgegen.base.progress import NoProgress
from edgegen.base.staging import staging, sweep, writing_to
from edgegen.commands.batch_folders import BatchList, Item
from edgegen.commands.batch_list import read_list
from edgegen.commands.batch_plan import (
    FAILED,
    MADE,
    UNCHANGED,
    WOULD,
    Row,
    add_to_record,
    plan,
    read_record,
    verified_report,
)
from edgegen.commands.children import Children, ChildrenProgress
from edgegen.commands.new import check_folders
from edgegen.commands.request import Request
from edgegen.commands.resolve_model import recorded_checkpoint
from edgegen.commands.select_targets import select_targets
from edgegen.project import exchange, manifest
from edgegen.project.context import Options
from edgegen.targets import Target


@dataclass(frozen=True)
class Batch:
    """The checked arguments of `edgegen batch`, and the models of its list."""

    path: Path  # the folder of models, or the CSV
    output: Path
    request: Request  # without a model: the options of all projects
    targets: tuple[Target, ...]
    jobs: int
    verify: bool
    listed: BatchList

    def place(self, folder: str, target: Target) -> Path:
        """Return a project's folder: OUTPUT/NAME, or OUTPUT/NAME/TARGET if there are several targets."""
        return self.output / folder if len(self.targets) == 1 else self.output / folder / target.name

    def request_for(self, item: Item) -> Request:
        """Return the arguments of `edgegen new` for a model."""
        classes = item.classes if item.classes is not None else self.request.classes
        return replace(self.request, model=item.model, name=item.name, package=item.package, classes=classes)

    def recorded_model(self, folder: str) -> Path | None:
        """Return the model that the project in this folder was made from, if there is one."""
        for target in self.targets:
            project = self.place(folder, target)
            try:
                record = manifest.read(project)
            except (EdgegenError, OSError):
                continue  # `new` reports the error
            if record is not None:
                # The manifest may be third-party: the model may be anything.
                model = recorded_checkpoint(project, record.checkpoint) or str(
                    record.options.get("model", "")
                )
                return Path(os.path.realpath(model))
        return None


def check(
    path: Path, output: Path, request: Request, jobs: int, verify: bool, only: tuple[str, ...]
) -> Batch:
    """Check the arguments, and read the list of models. only: the projects to make; none means all.

    Raises:
        EdgegenError: Every project would have this error, or the list does not fit the targets.
    """
    with select_targets(request, NoProgress()) as chosen:
        targets = tuple(chosen)
    if verify and not request.trust and any(target.is_custom for target in targets):
        raise UsageError(
            "--verify runs the programs of the template", "read them; if you trust them, add --trust"
        )
    if not 1 <= jobs <= 64:
        raise UsageError(f"--jobs is {jobs}, but must be between 1 and 64", "leave it out for 1")
    for target in targets:
        if verify and target.why_not_verified is not None:
            why, hint = target.why_not_verified
            raise UsageError(f"nothing can be verified: {why}", f"leave --verify out, or {hint}")
    request.int8()
    Options("app", "app", request.confidence, request.iou, request.max_det)  # checks the thresholds
    if output.exists() and not output.is_dir():
        raise InputError(f"the output folder {output} is a file", "name another with --output")
    if output.is_dir() and manifest.read(output) is not None:
        raise InputError(
            f"the output folder {output} is a project, but each model gets a folder in it",
            "name another with --output",
        )
    batch = Batch(path, output, request, targets, jobs, verify, BatchList(()))
    listed = read_list(path, batch.recorded_model)
    takes_package = any("package" in target.options for target in targets)
    if any(item.package for item in listed.items) and not takes_package:
        names = " and ".join(target.name for target in targets)
        raise InputError(
            f"{path} gives packages, which have no effect for {names}",
            "remove the column `package`, or add --target android",
        )
    return replace(batch, listed=listed.only(only))


def run_all(batch: Batch, progress: ChildrenProgress, *, pretend: bool = False) -> list[Row]:
    """Make and verify the projects that are missing or changed, in processes. Return one result for each."""
    items = batch.listed.items
    if pretend:
        return [row for item in items for row in _expected_rows(batch, item)]
    rows = dict[str, list[Row]]()
    libraries = dict[tuple[str, str], Path]()  # see `_share_libraries`
    with writing_to(batch.output):
        existed = batch.output.exists()
        batch.output.mkdir(parents=True, exist_ok=True)
    record = read_record(batch.output)
    try:
        with Children(batch.jobs) as children, ThreadPoolExecutor(batch.jobs) as pool:
            waiting = {pool.submit(_make, batch, item, children, progress, record): item for item in items}
            try:
                for done, future in enumerate(as_completed(waiting), start=1):
                    name, made = waiting[future].folder, future.result()
                    rows[name] = made
                    _share_libraries(batch, made, libraries)
                    add_to_record(batch.output, made)
                    progress.finish(name, [row.line for row in made], done, len(waiting))
            except BaseException:
                children.stop()
                pool.shutdown(wait=True, cancel_futures=True)
                raise
    finally:
        if not existed:
            with suppress(OSError):
                batch.output.rmdir()  # if it is empty
    return [row for item in items for row in rows[item.folder]]


def _share_libraries(batch: Batch, rows: list[Row], known: dict[tuple[str, str], Path]) -> None:
    """Replace equal third-party files of the projects by hard links. Where links fail, the copies stay.

    known: target and name of a file -> its path in the first project.
    """
    for row in rows:
        target = next(each for each in batch.targets if each.name == row.target)
        if not target.libraries or row.result not in (MADE, UNCHANGED):
            continue
        with suppress(EdgegenError), staging(row.project) as scratch:
            for path in [path for each in target.libraries for path in (row.project / each).iterdir()]:
                name = path.relative_to(row.project).as_posix()
                first = known.setdefault((target.name, name), path)
                if row.result == MADE and first != path and filecmp.cmp(first, path, shallow=False):
                    os.link(first, scratch / path.name)
                    (scratch / path.name).replace(path)


def _plan_rows(batch: Batch, item: Item) -> list[Row]:
    rows, request = [], batch.request_for(item)
    for target in batch.targets:
        project = batch.place(item.folder, target)
        result, why = plan(project, request, target)
        rows.append(Row(item.folder, target.name, item.model, project, result, why=why))
    return rows


def _expected_rows(batch: Batch, item: Item) -> list[Row]:
    """Return the expected results of a model. Broken files, wrong classes and occupied folders are found."""
    rows = _plan_rows(batch, item)
    error = _expected_error(batch, item, [row.target for row in rows if row.result == WOULD])
    if error is None:
        return rows
    failure: dict[str, Any] = {"result": FAILED, "code": error.exit_code, "why": error.message}
    return [replace(row, **failure) if row.result == WOULD else row for row in rows]


def _expected_error(batch: Batch, item: Item, names: list[str]) -> EdgegenError | None:
    """Return the error that `new` would have for these targets, as far as files and folders show it."""
    if not names:
        return None
    selected = [target for target in batch.targets if target.name in names]
    try:
        source = item.find(batch.request.classes, batch.request.description())
        check_folders(_new_request(batch, item, selected), selected, item.name, [source])
    except EdgegenError as error:
        return error
    return None


def _make(
    batch: Batch, item: Item, children: Children, progress: ChildrenProgress, record: Mapping[str, Any]
) -> list[Row]:
    """Make a model's missing projects, and verify all of them if asked."""
    rows = _plan_rows(batch, item)
    names = [row.target for row in rows if row.result == WOULD]
    if names:
        made = _run_new(batch, item, names, children, progress)
        rows = [replace(row, **made) if row.target in names else row for row in rows]
    return [_verify(row, children, progress, record) for row in rows] if batch.verify else rows


def _new_request(batch: Batch, item: Item, selected: list[Target]) -> Request:
    """Return the arguments of `edgegen new` for these targets."""
    request = replace(
        batch.request_for(item),
        targets=() if batch.request.template is not None else tuple(target.name for target in selected),
        output=batch.place(item.folder, selected[0]) if len(selected) == 1 else batch.output / item.folder,
    )
    takes_package = any("package" in target.options for target in selected)
    return request if takes_package else replace(request, package=None)


def _run_new(
    batch: Batch, item: Item, names: list[str], children: Children, progress: ChildrenProgress
) -> dict[str, Any]:
    """Run `edgegen new` for these targets in a process, and return the fields of their rows."""
    selected = [target for target in batch.targets if target.name in names]
    projects = [batch.place(item.folder, target) for target in selected]
    request = _new_request(batch, item, selected)
    ended = children.run(["new", *request.arguments(), "--json"], partial(progress.show, item.folder))
    if ended.killed:
        for project in projects:
            _clean_up(project, batch.output)
    fields = {"result": MADE, "seconds": ended.seconds, "code": ended.code}
    return fields if ended.code == 0 else {**fields, "result": FAILED, "why": ended.why}


def _verify(row: Row, children: Children, progress: ChildrenProgress, record: Mapping[str, Any]) -> Row:
    """Compare a project with PyTorch, unless the record has the result of the same project."""
    if row.failed:
        return row
    if row.result == UNCHANGED:
        before = verified_report(record, row)
        if before is not None:
            return replace(row, verified=before)
    progress.show(row.name, "Verify")
    ended = children.run(["verify", "--json", "--", row.project], partial(progress.show, row.name))
    report = ended.report()
    row = replace(row, seconds=row.seconds + ended.seconds, verified=report)
    if ended.code == 0 and report:
        return row
    why = ended.why
    if ended.code == ParityError.exit_code and report:
        stages = ", ".join(each["name"] for each in report["stages"] if not each["passed"])
        why = f"not the same as {report['authority']}: {stages or 'nothing was compared'}"
    return replace(row, result=FAILED, code=ended.code, why=f"verify: {why}")


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
