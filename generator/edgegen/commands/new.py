"""`edgegen new` and `edgegen export`: check, export, write into a temporary folder, move into place."""

import os
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from edgegen import runtimes, targets
from edgegen.base import naming
from edgegen.base.errors import InputError, UsageError
from edgegen.base.files import expand
from edgegen.base.progress import Progress
from edgegen.base.staging import scratch, staging
from edgegen.commands.loaded_project import load_project, readable, recorded_request
from edgegen.commands.multi_model import find_requested_models, name_model_in_errors
from edgegen.commands.prepare_model import combine, prepare_model, read_or_export
from edgegen.commands.request import (
    ExportRequest,
    Request,
    check_target_options,
    check_target_precision,
    description_again,
    for_targets,
    ignored_options,
    is_named,
    project_options,
)
from edgegen.commands.resolve_model import find_model, model_name
from edgegen.commands.select_targets import drop_targets, select_targets
from edgegen.project import manifest, placing
from edgegen.project.building import BuildInput, BuiltProject, build, options_record
from edgegen.project.checkpoint_places import remember_options
from edgegen.project.manifest import Manifest
from edgegen.project.models import unique_names
from edgegen.project.option_table import DESCRIBED, INT8_ONLY, OPTIONS
from edgegen.project.placing import check_destination
from edgegen.sources.exported import ExportedSource
from edgegen.sources.source import ModelSource
from edgegen.targets import Target


def create(request: Request, progress: Progress) -> list[BuiltProject]:
    """Make the projects of a request: all of them, or none."""
    with select_targets(request, progress) as selected:
        check_target_options(request, selected)
        request = for_targets(request, selected)
        request.int8()  # checks its options
        if request.extra_models:
            sources = find_requested_models(request, selected)
        else:
            sources = {request.model: find_model(request.model, request.description())}
        names = [model_name(source) for source in sources.values()]
        options = project_options(request, selected, names[0])
        folders = check_folders(request, selected, names[0], sources.values())
        with scratch() if request.pretend else staging(folders[selected[0].name]) as workspace:
            models = list[BuildInput]()
            for number, (argument, source) in enumerate(sources.items(), start=1):
                if models:
                    progress.note(f"next model: {argument}")
                model_request, folder = replace(request, model=argument), workspace / f"export-{number}"
                first_task = models[0].spec.task if models else ""
                with name_model_in_errors(argument if request.extra_models else ""):
                    models.append(
                        prepare_model(
                            source, model_request, selected, options, folder, progress, first_task=first_task
                        )
                    )
            build_input = combine(models, unique_names(names))
            # Targets of `--target all`: `prepare_model` has rejected named ones.
            reasons = {target.name: _why_not_runnable(target, build_input) for target in selected}
            selected = drop_targets(selected, reasons, progress)
            built = list[BuiltProject]()
            for target in selected:
                progress.step(f"Write the {target.name} project")
                (workspace / target.name).mkdir()
                built.append(build(target, build_input, workspace / target.name, folders[target.name]))
            return _place(request, selected, built, workspace, progress)


def export_only(request: ExportRequest, progress: Progress) -> tuple[Path, list[str]]:
    """Export a checkpoint with the programs of its targets' apps. Return the folder and its files."""
    selected = targets.find_all(request.targets)
    check_target_precision(request.precision, [target for target in selected if is_named(request, target)])
    request = for_targets(request, selected)
    source = find_model(request.model, request.description())
    project = None
    if source.is_exported:
        project = expand(request.model)
        request = _request_of_project(request, project, source)
        progress.note(f"the project's checkpoint is {request.model}")
        source = find_model(request.model, description_again(request, source.spec))
    request.int8()
    folder = request.output or Path(
        naming.project_folder(naming.name_from_path(source.name_path), "exported")
    )
    if project is not None and os.path.realpath(folder) == os.path.realpath(project):
        raise InputError(f"the output folder {folder} is the project", "name another with --output")
    check_destination(folder, manifest.EXPORT, force=request.force)
    with staging(folder) as workspace:
        staged = workspace / "export"
        _, checkpoint = read_or_export(source, request, staged, progress)
        names = manifest.relative_files(staged)
        files = sorted([*names, manifest.NAME])
        record = options_record(request.record(), folder)
        digest = {"sha256": manifest.checkpoint_sha256(checkpoint)} if checkpoint else {}
        manifest.write(Manifest(manifest.EXPORT, record, digest, manifest.digests(staged, names)), staged)
        with placing.transaction() as placement:
            edits = placement.place(staged, folder, manifest.EXPORT, force=request.force)
        remember_options(folder, request.paths())
        for line in edits.lines(folder):
            progress.note(line)
    return folder, files


def check_folders(
    request: Request, selected: list[Target], name: str, sources: Iterable[ModelSource]
) -> dict[str, Path]:
    """Return the folder of each project, or raise InputError if it may not be written there.

    name: the first model's, for folders that the request does not name.
    """
    folders = _folders(request, selected, name)
    models = [os.path.realpath(source.pte.parent) for source in sources if source.is_exported]
    for target in selected:
        folder = folders[target.name]
        if os.path.realpath(folder) in models:
            raise InputError(f"the output folder {folder} contains the model", "name another with --output")
        _check_characters(folder, target)
        check_destination(folder, target.name, force=request.force, users_files=target.users_files)
    return folders


def _folders(request: Request, selected: list[Target], model_name: str) -> dict[str, Path]:
    """One target: --output is the project. Several: --output/<target>."""
    if request.output is None:
        return {each.name: Path(naming.project_folder(model_name, each.name)) for each in selected}
    if len(selected) == 1:
        return {selected[0].name: request.output}
    outer = None if request.force else manifest.read(request.output)
    if outer is not None:
        raise InputError(
            f"the output folder {request.output} is a project ({outer.target}), but each target gets "
            "a folder in it",
            "name another folder with --output, or use this one with --force",
        )
    return {each.name: request.output / each.name for each in selected}


def _check_characters(folder: Path, target: Target) -> None:
    """Raise InputError for a character that the target's build tools cannot take in a path."""
    path = folder.absolute()
    pattern = "|".join(filter(None, ("[\x00-\x1f]", target.not_in_path)))
    wrong = re.search(pattern, "/".join(path.parts[1:]))  # without the drive of Windows and its colon
    if wrong:
        raise InputError(
            f"the output folder {str(path)!r} has the character {wrong[0]!r} in its path, with which a "
            f"{target.name} project does not build",
            "name another folder with --output",
        )


def _why_not_runnable(target: Target, build_input: BuildInput) -> str:
    """Return why the target's app cannot run the models; "" if it can."""
    try:
        for each in build_input.all:
            targets.check_program(each.spec, target)
    except InputError as error:
        return f"{error.message}: {error.hint}"
    return ""


def _place(
    request: Request, selected: list[Target], built: list[BuiltProject], workspace: Path, progress: Progress
) -> list[BuiltProject]:
    """Move the projects from the workspace into place, and note what happens to the user's edits."""
    projects = list[BuiltProject]()
    with placing.transaction() as placement:
        place = placing.predict_edits if request.pretend else placement.place
        for target, project in zip(selected, built, strict=True):
            staged, users_files = workspace / target.name, target.users_files
            edits = place(staged, project.path, target.name, force=request.force, users_files=users_files)
            projects.append(replace(project, edits=edits))
    if not request.pretend:
        for target, project in zip(selected, projects, strict=True):
            remember_options(project.path, {**request.paths(), **target.template_source})
    for target, project in zip(selected, projects, strict=True):
        for line in project.edits.lines(project.path):
            progress.note(line)
        for name in project.edits.kept:  # options that the user's own files override
            staged = workspace / target.name
            for line in ignored_options(target, name, project.path, staged, vars(request)):
                progress.note(line)
    return projects


def _request_of_project(request: ExportRequest, project: Path, source: ExportedSource) -> ExportRequest:
    """Return a request to export a project's checkpoint, by default with its options and backends."""
    if source.project is None:
        raise UsageError(f"{project} is exported already", "make a project from it: edgegen new")
    loaded = load_project(project)
    if source.checkpoint is None:
        path = loaded.manifest.checkpoint.get("path")
        what = (
            f"{readable(project / path)} is missing or has changed" if path else "it was made from an export"
        )
        raise InputError(
            f"{project} is a project, and its checkpoint cannot be exported: {what}",
            f"name a checkpoint (.pt); the project's own export is {source.pte}",
        )
    recorded = recorded_request(loaded)
    names = [option.field for option in OPTIONS if option.by_model or option.concern == DESCRIBED]
    if request.precision in (None, recorded.precision):
        names += ["precision", *INT8_ONLY]
    defaults = {name: getattr(recorded, name) for name in names if getattr(request, name) in (None, ())}
    programs = () if request.backends else source.spec.extra_programs
    own = [each.backend for each in programs if each.backend in runtimes.backend_names()]
    backends = dict[tuple[str, ...], str]()
    for name in (*request.default_backends, *own):  # a variant of the project replaces the target's default
        backends[runtimes.find_backend(name).family] = name
    model, default_backends = str(readable(source.checkpoint)), tuple(backends.values())
    return replace(request, model=model, default_backends=default_backends, **defaults)
