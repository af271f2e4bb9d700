"""`edgegen batch`: make a project of many models. A model that fails does not stop the others.

With `--ci github` it writes a workflow with a job for each model, and one for the report.
"""

import filecmp
import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from edgegen import __version__
from edgegen.base import pins
from edgegen.base.errors import EdgegenError, InputError, NotFetchedError, ParityError, UsageError
from edgegen.base.files import write_whole
from edgegen.base.model_files import is_model
from edgegen.base.progress import NoProgress
from edgegen.base.staging import parents_of, staging, sweep, writing_to
from edgegen.base.text import first_of
from edgegen.commands.batch_list import BatchList, Item, read_list
from edgegen.commands.batch_record import (
    FAILED,
    KEPT,
    MADE,
    UNCHANGED,
    WOULD,
    Row,
    add_to_record,
    read_record,
    verified_report,
)
from edgegen.commands.children import Children, ChildrenProgress
from edgegen.commands.multi_model import has_export
from edgegen.commands.new import check_folders
from edgegen.commands.request import Request, check_target_options, project_options
from edgegen.commands.resolve_model import find_model
from edgegen.commands.select_targets import select_targets
from edgegen.model.class_selection import ALL_CLASSES
from edgegen.project import checkpoint_places, exchange, manifest
from edgegen.project.blueprint import options_of
from edgegen.project.building import options_record
from edgegen.project.context import Options
from edgegen.project.manifest import Manifest
from edgegen.project.option_table import BY_TARGET, PATHS, STUDIO
from edgegen.project.render import render_page
from edgegen.targets import Target

WORKFLOW: Final = Path(".github/workflows/edgegen-batch.yml")
MOST_JOBS: Final = 256  # of a matrix: GitHub's limit
_WORKFLOW_TEMPLATE: Final = "_ci/batch-github/edgegen-batch.yml.jinja"
_MINUTES: Final = 30  # for a project
_HEAD: Final = """\
# Written by `edgegen batch --ci github`: a job for each model of the list, and one for the report.
# Write it again when the list changes. Digest of the text below, to detect edits: {digest}
"""
_DIGEST: Final = re.compile(r"# .*Digest of .*: ([0-9a-f]{64})\n")


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
                model = checkpoint_places.find(project, record.checkpoint) or str(
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
    check_target_options(request, list(targets))
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


def plan(project: Path, request: Request, target: Target) -> tuple[str, str]:
    """Return the result that making a project would have (WOULD, UNCHANGED or KEPT), and why."""
    try:
        if project.is_dir():
            exchange.recover(project)
        record = manifest.read(project)
        if record is None or record.target != target.name:
            return WOULD, ""
        edited = record.edited(project, target.users_files)
        changes = ", ".join(_changes(project, record, request, target))
    except (EdgegenError, OSError):
        return WOULD, ""  # `new` reports the error
    if request.force:
        return WOULD, "--force"
    if not edited:
        return (WOULD, f"changed: {changes}") if changes else (UNCHANGED, "")
    news = f"; changed since: {changes} (`edgegen update` with these options merges both)" if changes else ""
    return KEPT, f"you edited {first_of(edited, 1)}{news}"


def broken_models(batch: Batch) -> list[dict[str, str]]:
    """Return name, model and error of the models whose files are broken.

    They stay in the matrix: their jobs fail, and the report says so. The jobs fetch files of Git LFS.
    """
    description = batch.request.description()
    errors = [(item, item.error(description)) for item in batch.listed.items]
    return [
        {"name": item.folder, "model": item.model, "why": error.message}
        for item, error in errors
        if error is not None and not isinstance(error, NotFetchedError)
    ]


def write_workflow(batch: Batch, path: Path = WORKFLOW, *, pretend: bool = False) -> int:
    """Write the workflow, and return its number of jobs. The current folder is the repository's root."""
    jobs = split_into_jobs([item.folder for item in batch.listed.items])
    text = _render_workflow(batch, jobs)
    if not batch.request.force:
        _check_unedited(path)
    if not pretend:
        with writing_to(path), parents_of(path):
            digest = hashlib.sha256(text.encode()).hexdigest()
            write_whole(path, (_HEAD.format(digest=digest) + text).encode())
    return len(jobs)


def split_into_jobs(names: Sequence[str]) -> list[dict[str, Any]]:
    """Return the jobs: one for each model, or for several models if there are too many for a matrix."""
    count = min(len(names), MOST_JOBS)
    parts = [names[number::count] for number in range(count)]
    return [{"title": first_of(part, 1), "names": " ".join(part), "projects": len(part)} for part in parts]


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


def _expected_rows(batch: Batch, item: Item) -> list[Row]:
    """Return the expected results of a model. Broken files, wrong classes and occupied folders are found."""
    rows = _plan_rows(batch, item)
    error = _expected_error(batch, item, [row.target for row in rows if row.result == WOULD])
    if error is None:
        return rows
    failure: dict[str, Any] = {"result": FAILED, "code": error.exit_code, "why": error.message}
    return [replace(row, **failure) if row.result == WOULD else row for row in rows]


def _plan_rows(batch: Batch, item: Item) -> list[Row]:
    rows, request = [], batch.request_for(item)
    for target in batch.targets:
        project = batch.place(item.folder, target)
        result, why = plan(project, request, target)
        rows.append(Row(item.folder, target.name, item.model, project, result, why=why))
    return rows


def _changes(project: Path, record: Manifest, request: Request, target: Target) -> list[str]:
    """Return the differences between a project and one made now, as words."""
    changes = [] if _is_of_model(project, record, request, target) else ["the model"]
    if target.is_custom:
        template = record.options.get("template")
        changes += _template_changes(project, template, target.origin, dict(request.data))
    options = project_options(request, [target], request.name or "")
    now = options_of([target], options_record(request.record(options), project))
    then = {"app": STUDIO, **record.options}
    others = {"model", "template", *(set(BY_TARGET) - set(target.options))}
    keys = sorted({*now, *then} - others)
    changes += [key for key in keys if _given(now.get(key)) != _given(then.get(key))]
    paths = {key: str(getattr(request, key)) for key in PATHS if now.get(key) and now[key] == then.get(key)}
    changes += [
        key
        for key, path in paths.items()  # of two folders, only the equal names may be recorded
        if not checkpoint_places.is_same_option(project, key, then[key], path)
    ]
    if dict(record.versions) != {"edgegen": __version__, "executorch": pins.EXECUTORCH}:
        changes.append(f"edgegen (it was {record.versions.get('edgegen')})")
    return changes


def _given(value: object) -> object:
    """Return the value of an option, or None if it is as good as left out."""
    return None if value == ALL_CLASSES else value or None


def _is_of_model(project: Path, record: Manifest, request: Request, target: Target) -> bool:
    """Return whether a project was made from this very model."""
    source = find_model(request.model, request.description())
    if source.is_exported:
        return has_export(record, Path(target.model_dir), source, target.backends)
    path: Path | None = source.path_on_disk or source.name_path
    if path is not None and not is_model(path):  # an official name: look where the project's model was
        found = checkpoint_places.find(project, record.checkpoint)
        path = found if found is not None and found.name == path.name and is_model(found) else None
    return path is not None and record.checkpoint.get("sha256") == manifest.checkpoint_sha256(path)


def _template_changes(
    project: Path, record: Any, origin: Mapping[str, Any], data: Mapping[str, str]
) -> list[str]:
    """Return the changes since a project was made: its template, or the names of answers."""
    import yaml

    record = record if isinstance(record, dict) else {}  # the manifest may be third-party
    is_same = all(record.get(key) == value for key, value in origin.items() if key not in ("ref", "source"))
    is_same &= checkpoint_places.is_same_option(
        project, "template", str(record.get("source")), origin["source"]
    )
    changes = [] if is_same else ["the template"]
    texts, answers = (
        each if isinstance(each, dict) else {} for each in (record.get("data"), record.get("answers"))
    )
    for name, text in data.items():
        if name in texts:
            changes += [name] if texts[name] != text else []
            continue
        equal = [text]  # the text may be the question's default
        with suppress(yaml.YAMLError):
            equal.append(yaml.safe_load(text))
        changes += [name] if answers.get(name, text) not in equal else []
    return [*changes, *(str(name) for name in texts if name not in data)]


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


def _new_request(batch: Batch, item: Item, selected: list[Target]) -> Request:
    """Return the arguments of `edgegen new` for these targets."""
    return replace(
        Request(**options_of(selected, vars(batch.request_for(item)))),
        targets=() if batch.request.template is not None else tuple(target.name for target in selected),
        output=batch.place(item.folder, selected[0]) if len(selected) == 1 else batch.output / item.folder,
    )


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


def _render_workflow(batch: Batch, jobs: Sequence[dict[str, Any]]) -> str:
    from edgegen.base.shell import quoted

    models, output = _in_repository(batch.path), _in_repository(batch.output)
    for item in batch.listed.items:
        _in_repository(Path(item.model))
    template, has_tags = _template_here(batch.request.template)
    request = replace(_with_photos_here(batch.request), template=template, targets=(), force=False)
    targets = " ".join(f"--target {target.name}" for target in batch.targets if not target.is_custom)
    options = [f"--output={output}", *request.arguments(), *(["--verify"] if batch.verify else [])]
    first, *words = [quoted(word, windows=False) for word in (models, *options)]
    most_projects = max(job["projects"] for job in jobs) * len(batch.targets)  # of a job
    return render_page(
        _WORKFLOW_TEMPLATE,
        {
            "jobs": jobs,
            "projects": len(batch.listed.items) * len(batch.targets),
            "minutes": min(_MINUTES * most_projects, 360),
            "targets": [target.name for target in batch.targets],
            "target_options": targets,
            "output": output,
            "words": " ".join([first, *([targets] if targets else []), *words]),
            "verify": batch.verify,
            "history": has_tags,
            "version": __version__,
        },
        # GitHub's own expressions use {{ and }}.
        block_start_string="[%",
        block_end_string="%]",
        variable_start_string="[[",
        variable_end_string="]]",
    )


def _in_repository(path: Path) -> str:
    """Return a path from the current folder, the repository's root; InputError if it is outside."""
    whole, here = Path(os.path.normpath(path.absolute())), Path.cwd()
    if not (whole.is_relative_to(here) and path.resolve().is_relative_to(here.resolve())):
        raise InputError(
            f"{path} is outside of this folder, the repository: the workflow would not find it",
            "go to the repository's root, and copy it there",
        )
    return whole.relative_to(here).as_posix()


def _template_here(argument: str | None) -> tuple[str | None, bool]:
    """Return --template from the repository's root, and whether the jobs must fetch its local tag."""
    from edgegen.project.custom_template.source import parse

    if argument is None or (source := parse(argument)).is_url:
        return argument, False
    return str(replace(source, address=_in_repository(Path(source.address)))), source.is_git


def _with_photos_here(request: Request) -> Request:
    """Return the options with the photos' paths from the repository's root."""
    for path in request.images:
        if not path.exists():
            raise InputError(f"there is no {path}", "give a path in the repository: each job needs it")
    return replace(
        request,
        images=tuple(Path(_in_repository(path)) for path in request.images),
        calibration=Path(_in_repository(request.calibration)) if request.calibration else None,
        names=Path(_in_repository(request.names)) if request.names else None,
    )


def _check_unedited(path: Path) -> None:
    """Raise InputError if the file exists, unless edgegen wrote it and it was not edited."""
    if not os.path.lexists(path):
        return
    hint = "name another with --output FILE.yml, or overwrite it with --force"
    if not path.is_file():
        raise InputError(f"{path} is not a file", hint)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise InputError(f"{path} exists and cannot be read", hint) from None
    digest = _DIGEST.search(text)
    if digest is None:
        raise InputError(f"{path} exists and edgegen did not write it", hint)
    if digest.group(1) != hashlib.sha256(text[digest.end() :].encode()).hexdigest():
        raise InputError(f"{path} was edited", hint)
