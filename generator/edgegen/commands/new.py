"""`new` and `export` from beginning to end: check, export, make aside, move into place."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from edgegen.base import naming
from edgegen.base.errors import InputError, UsageError
from edgegen.base.progress import Progress
from edgegen.base.staging import staging, writing_to
from edgegen.commands.multi_model import further, of_model, with_further
from edgegen.commands.prepare_model import (
    check_taken,
    fit_to_facts,
    ingredients_of,
    model_name,
    not_taken_in,
    options_of,
    ready_model,
)
from edgegen.commands.recorded_options import recorded_request, subject
from edgegen.commands.request import ExportRequest, Request
from edgegen.commands.resolve_model import find_model, readable
from edgegen.commands.select_targets import chosen_targets
from edgegen.project import manifest
from edgegen.project.building import Project, build, options_record
from edgegen.project.manifest import Manifest
from edgegen.project.option_table import INT8_ONLY
from edgegen.project.placing import check_destination, foreseen, together
from edgegen.sources.exported import ExportedSource
from edgegen.targets import Target

if TYPE_CHECKING:
    from edgegen.sources.source import ModelSource


def create(request: Request, progress: Progress) -> list[Project]:
    """Make the projects that were asked for: all of them, or none.

    Raises:
        EdgegenError: As each step says; the folders are then as they were.
    """
    with chosen_targets(request, progress) as chosen:
        return _create(request, chosen, progress)


def _create(request: Request, chosen: list[Target], progress: Progress) -> list[Project]:
    check_taken(request, chosen)
    request = replace(request, int8_borders=all(target.int8_borders for target in chosen))
    request.int8()
    source = find_model(request.model, request.metadata)
    more = further(request, chosen, source)
    default_name = model_name(source)
    options = options_of(request, chosen, default_name)
    folders = _folders(request, chosen, default_name)
    for folder in folders.values():
        for each in (source, *(one.source for one in more)):
            _check_apart(folder, each)
    for target in chosen:
        check_destination(
            folders[target.name], target.name, force=request.force, users_files=target.users_files
        )

    with _workspace(request, next(iter(folders.values()))) as workspace:
        with of_model(request.model) if more else nullcontext():
            model = ready_model(
                source,
                request,
                workspace / "export",
                progress,
                check=partial(fit_to_facts, request, chosen),
                fetch=not request.pretend,
            )
            first = ingredients_of(model, request, chosen, options)
        ingredients = with_further(
            first,
            default_name,
            more,
            request,
            chosen,
            options,
            workspace,
            progress,
        )
        made = []
        for target in chosen:
            progress.step(f"Write the {target.name} project")
            staged = workspace / target.name
            staged.mkdir()
            made.append((target, staged, build(target, ingredients, staged, folders[target.name])))
        with together() as placement:
            move = foreseen if request.pretend else placement.place
            projects = [
                replace(
                    project,
                    edits=move(
                        staged, project.path, target.name, force=request.force, users_files=target.users_files
                    ),
                )
                for target, staged, project in made
            ]
        for (target, staged, _), project in zip(made, projects, strict=True):
            _say_of_edits(request, target, staged, project, progress)
        return projects


def export_only(request: ExportRequest, progress: Progress) -> tuple[Path, list[str]]:
    """Export a checkpoint and return the folder and the files in it."""
    source = find_model(request.model, request.metadata)
    project = None
    if isinstance(source, ExportedSource):
        project = Path(request.model).expanduser()
        request = _as_in_project(request, project, source)
        progress.note(f"of the project's checkpoint, {request.model}")
        source = find_model(request.model)
    request.int8()
    folder = request.output or Path(naming.project_folder(naming.model_name(source.name_path), "exported"))
    if project is not None and os.path.realpath(folder) == os.path.realpath(project):
        raise InputError(f"the output folder {folder} is the project", "name another with --output")
    check_destination(folder, manifest.EXPORT, force=request.force)
    with staging(folder) as workspace:
        staged = workspace / "export"
        model = ready_model(source, request, staged, progress)
        names = manifest.relative_files(staged)
        files = sorted([*names, manifest.NAME])
        record = options_record(request.recorded(), folder)
        checkpoint = {"sha256": manifest.sha256(model.checkpoint)} if model.checkpoint else {}
        manifest.write(Manifest(manifest.EXPORT, record, checkpoint, manifest.digests(staged, names)), staged)
        with together() as placement:
            edits = placement.place(staged, folder, manifest.EXPORT, force=request.force)
        for line in edits.lines(folder):
            progress.note(line)
    return folder, files


def _as_in_project(request: ExportRequest, project: Path, source: ExportedSource) -> ExportRequest:
    """Return a request for the checkpoint of a project, exported as there but for what was said.

    Raises:
        InputError: It is not there, or another one by now.
        UsageError: It is no project, but an export.
    """
    if source.own_vectors is None:
        raise UsageError(f"{project} is exported already", "make a project from it: edgegen new")
    it = subject(project)
    if source.checkpoint is None:
        path = it.known.checkpoint.get("path")
        what = f"{readable(project / path)} is not there, or another by now" if path else "it is of an export"
        raise InputError(
            f"{project} is a project, and its checkpoint cannot be exported: {what}",
            f"name a checkpoint (.pt); what was exported of the project's is {source.pte}",
        )
    told = recorded_request(it)
    names = ["imgsz", "head"]
    if request.precision in (None, told.precision):
        names += ["precision", *INT8_ONLY]
    unsaid = {name: getattr(told, name) for name in names if getattr(request, name) in (None, ())}
    return replace(request, model=str(readable(source.checkpoint)), **unsaid)


def _folders(request: Request, chosen: list[Target], model_name: str) -> dict[str, Path]:
    """One target: --output is the project. Several: --output/<target>."""
    if request.output is None:
        return {each.name: Path(naming.project_folder(model_name, each.name)) for each in chosen}
    if len(chosen) == 1:
        return {chosen[0].name: request.output}
    outer = manifest.read(request.output)
    if outer is not None and not request.force:
        raise InputError(
            f"the output folder {request.output} is itself a project ({outer.target}), and several targets "
            "go to a folder each in it",
            "name another folder with --output, or make them in there all the same with --force",
        )
    return {each.name: request.output / each.name for each in chosen}


def _check_apart(folder: Path, source: "ModelSource") -> None:
    """Refuse to put a project in the place of the export that it is made from."""
    if isinstance(source, ExportedSource) and os.path.realpath(folder) == os.path.realpath(source.pte.parent):
        raise InputError(
            f"the output folder {folder} is the one that holds the model", "name another with --output"
        )


@contextmanager
def _workspace(request: Request, folder: Path) -> Iterator[Path]:
    """Give an empty folder: beside the output folder, but far from it where nothing may be written."""
    with writing_to(folder):
        beside = Path(tempfile.gettempdir()) / "edgegen" if request.pretend else folder
    with staging(beside) as path:
        yield path


def _say_of_edits(
    request: Request, target: Target, staged: Path, project: Project, progress: Progress
) -> None:
    """Say which of the user's edits stay and which go, and what was typed that does not come into theirs."""
    for line in project.edits.lines(project.path):
        progress.note(line)
    for name in project.edits.kept:
        for line in not_taken_in(target, name, project.path, staged, vars(request)):
            progress.note(line)
