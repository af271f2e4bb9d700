"""Render a project again: with the recorded options or others, its own models or others."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from edgegen import __version__, tasks
from edgegen.artifacts import vector_files
from edgegen.artifacts.model_reader import load_model_spec
from edgegen.base import pins
from edgegen.base.errors import EdgegenError, InputError, UsageError
from edgegen.base.model_files import METADATA_NAME, PTE_NAME
from edgegen.base.progress import Progress
from edgegen.base.shell import quoted
from edgegen.base.staging import scratch
from edgegen.commands.loaded_project import LoadedProject, app_name, recorded_request, unchanged_checkpoint
from edgegen.commands.multi_model import AppModel, change_models, name_model_in_errors
from edgegen.commands.prepare_model import build_input_of, combine, prepare_model, reference_vectors
from edgegen.commands.request import (
    Request,
    check_target_options,
    description_again,
    for_targets,
    project_options,
)
from edgegen.commands.resolve_model import find_model, model_name
from edgegen.commands.select_targets import select_targets
from edgegen.model.class_selection import ALL_CLASSES, ClassSelectionError
from edgegen.model.skeleton import resolve_skeleton
from edgegen.model.spec import ModelSpec, needs_nms
from edgegen.project import base_files, manifest
from edgegen.project.building import BuildInput, build
from edgegen.project.manifest import Manifest
from edgegen.project.models import ModelPlace, NameAndKey, unique_names
from edgegen.project.option_table import (
    BY_FIELD,
    BY_TARGET,
    DESCRIBED,
    FOR_EXPORT,
    FP32,
    INT8_ONLY,
    OPTIONS,
    of_concern,
)
from edgegen.sources.description import NOTHING_SAID, Description
from edgegen.sources.identify import identify, recognize
from edgegen.sources.source import ModelSource
from edgegen.targets import Target


@dataclass(frozen=True)
class Rendering:
    """What edgegen writes now."""

    folder: Path
    manifest: Manifest
    spec: ModelSpec  # of the first model
    checkpoint: Path | None  # of the only model, if it is there
    segments: Mapping[str, str]  # folders that are named after an option
    target: Target  # of a template: its newest version
    paths: Mapping[str, str]  # the options that are paths, and the address of a template


def base_of(project: LoadedProject, progress: Progress) -> dict[str, bytes]:
    """Return the text files as edgegen wrote them, if known: from the base, or rendered again."""
    base = base_files.read(project.path, project.manifest)
    if base is not None:
        return {name: text for name, text in base.items() if name in project.manifest.files}
    try:
        with scratch() as workspace:
            progress.step("Render what edgegen wrote before")
            folder = render_unchanged(project, {}, workspace, progress).folder
            return base_files.of(manifest.relative_files(folder), folder, project.manifest)
    except EdgegenError as error:
        progress.note(f"edgegen's original files are unknown: {error.message}")
        return {}


def render_unchanged(
    project: LoadedProject, base: Mapping[str, bytes], workspace: Path, progress: Progress
) -> Rendering:
    """Render a project with its own models and the recorded options."""
    request = recorded_request(project)
    with select_targets(request, progress, run_template_tasks=False, existing=project.path) as (target,):
        return _render(project, target, request, _project_models(project), base, workspace, progress, {})


@contextlib.contextmanager
def render_update(
    project: LoadedProject,
    overrides: Mapping[str, Any],
    base: Mapping[str, bytes],
    workspace: Path,
    progress: Progress,
    *,
    pretend: bool,
) -> Iterator[Rendering]:
    """Render a project with its recorded options and the overrides, which are fields of a Request.

    A model is exported again if an option or an older edgegen requires it. A custom template is on this
    machine within the block.
    """
    overrides, request = _updated_request(project, overrides)
    request = replace(request, pretend=pretend)
    if "model" in overrides:
        request = _without_description(request, overrides, progress)
    with select_targets(request, progress, existing=project.path) as (target,):
        with _explain_recorded_classes(request, overrides):
            models = choose_models(project, request, overrides, progress)
            if any(each.source and not each.source.is_exported for each in models):
                if _lacks_photos(request) and "calibration" not in overrides:
                    raise InputError(
                        f"this project is int8, and its calibration photos {request.calibration} are missing",
                        "give photos with --calibration, or make the model float32 with --precision fp32",
                    )
                request.int8()
            if len(models) == 1 and models[0].source is not None:
                request = _without_unused_options(project, request, models[0].source, overrides, progress)
            rendering = _render(project, target, request, models, base, workspace, progress, overrides)
        yield rendering


def choose_models(
    project: LoadedProject, request: Request, overrides: Mapping[str, Any], progress: Progress
) -> list[AppModel]:
    """Return the models of the new rendering: with a source, those that are exported again, read or new."""
    if len(project.manifest.models) > 1 or "add" in overrides or "remove" in overrides:
        models = change_models(project, overrides)
    elif "model" in overrides:
        models = [AppModel(request.model, find_model(request.model, request.description()))]
    elif "metadata" in overrides:
        raise UsageError("--metadata describes a .pte, and there is no --model", "give both, or neither")
    else:
        models = _project_models(project)
    exporting = [option.spelled for option in FOR_EXPORT if option.field in overrides]
    made_by = {"edgegen": __version__, "executorch": pins.EXECUTORCH}
    outdated = any(project.manifest.versions.get(name) != version for name, version in made_by.items())
    for number, model in enumerate(models):
        if model.source is not None or model.place is None:
            continue
        checkpoint = unchanged_checkpoint(project.path, model.place.checkpoint)
        if exporting and checkpoint is None:
            raise _without_checkpoint(project, exporting[0], model.place)
        again = bool(exporting)
        if outdated and not exporting:
            why_not = _why_not_exported(project, request, model.place, checkpoint)
            again = checkpoint is not None and not why_not
            if why_not:
                progress.note(f"not exported again by this edgegen: {why_not}")
        source = _source_again(project, request, model.place, checkpoint) if again else None
        models[number] = replace(model, source=source, checkpoint=checkpoint)
    return models


def _project_models(project: LoadedProject) -> list[AppModel]:
    """Return the models of a project as they are."""
    return [AppModel(place.origin, place=place) for place in project.manifest.models]


def _updated_request(project: LoadedProject, overrides: Mapping[str, Any]) -> tuple[dict[str, Any], Request]:
    """Return the checked overrides, and the project's request with them."""
    overrides = dict(overrides)
    recorded = recorded_request(project)
    if overrides.get("classes") == ALL_CLASSES:
        overrides["classes"], recorded = None, replace(recorded, classes=None)
    precision = recorded.precision or FP32
    if overrides.get("precision", precision) != precision:
        recorded = _with_defaults(recorded, INT8_ONLY)
    of_models = {"add", "remove"}
    changes = {
        name: value for name, value in overrides.items() if value is not None and name not in of_models
    }
    request = replace(
        for_targets(replace(recorded, **changes), [project.target]),
        optional_backends=() if "backends" in overrides else recorded.backends,
    )
    by_target = {name: overrides[name] for name in BY_TARGET if name in overrides}
    given = Request(
        request.model,
        backends=overrides.get("backends") or (),
        precision=overrides.get("precision"),
        **by_target,
    )
    check_target_options(given, [project.target], is_update=True)
    if recorded.template is None and request.template is not None:
        raise UsageError(f"{project.path} was not made from a template", "leave out --template")
    return overrides, request


def _without_description(request: Request, overrides: Mapping[str, Any], progress: Progress) -> Request:
    """Drop the recorded description of the old model file, with a note: the new model has its own."""
    recorded = [each for each in of_concern(DESCRIBED) if each.texts(getattr(request, each.field))]
    dropped = [each for each in recorded if each.field not in overrides]
    if dropped:
        flags = ", ".join(each.spelled for each in dropped)
        progress.note(f"dropped, because they described the old model: {flags}")
    return _with_defaults(request, [each.field for each in dropped])


@contextlib.contextmanager
def _explain_recorded_classes(request: Request, overrides: Mapping[str, Any]) -> Iterator[None]:
    """Say that the classes which a new model lacks are the project's recorded ones."""
    try:
        yield
    except ClassSelectionError as error:
        if "classes" in overrides:
            raise
        raise UsageError(
            f"the project was made with --classes {quoted(request.classes)}, but the new model "
            f"has other classes: {error.problem}",
            f"choose from its classes with --classes, or --classes {ALL_CLASSES} for all; {error.hint}",
        ) from error


def _without_checkpoint(project: LoadedProject, option: str, place: ModelPlace) -> EdgegenError:
    path = place.checkpoint.get("path")
    how = f"--remove-model {place.key} --add-model FILE" if place.key else "--model"
    if not path:
        what = f"its model {place.key}" if place.key else "this project"
        return UsageError(
            f"{option} needs another export, and {what} was made from an exported model",
            f"give a checkpoint with {how}",
        )
    return InputError(
        f"{option} needs another export, and {project.path / path} is missing or has changed",
        f"give the checkpoint with {how}",
    )


def _why_not_exported(
    project: LoadedProject, request: Request, place: ModelPlace, checkpoint: Path | None
) -> str:
    """Return why a model cannot be exported again; "" if it can, or was made from an export."""
    path = place.checkpoint.get("path")
    if path and checkpoint is None:
        return f"{project.path / path} is missing or has changed"
    if checkpoint is not None and _lacks_photos(request):
        return f"the calibration photos {request.calibration} are missing"
    if checkpoint is not None and request.names is not None and not request.names.exists():
        return f"the file of --names, {request.names}, is missing"
    return ""


def _source_again(
    project: LoadedProject, request: Request, place: ModelPlace, checkpoint: Path | None
) -> ModelSource:
    """Return the source of a checkpoint that is exported again. Options describe the only model."""
    is_only = len(project.manifest.models) == 1
    folder = project.model_dir / place.folder
    try:
        spec = load_model_spec(folder / PTE_NAME, folder / METADATA_NAME)
    except InputError:  # missing or damaged: the export restores it
        return identify(str(checkpoint), request.description() if is_only else NOTHING_SAID)
    if is_only:
        return identify(str(checkpoint), description_again(request, spec))
    return recognize(str(checkpoint), Description.of(spec))


def _lacks_photos(request: Request) -> bool:
    """Return whether the calibration photos of an int8 model are missing."""
    return request.calibration is not None and not request.calibration.exists()


def _without_unused_options(
    project: LoadedProject,
    request: Request,
    source: ModelSource,
    overrides: Mapping[str, Any],
    progress: Progress,
) -> Request:
    """Drop the recorded options that the only model's next version has no use for, with a note for each."""
    if source.is_exported:
        request = _without_export_options(request, overrides)
        request.int8()
        spec = source.spec
        task, extras, contract = spec.task, spec.output.extras, spec.output.contract
        heads: Sequence[str] = (contract,)
    else:
        path = source.file(progress, fetch=not request.pretend)
        progress.step(f"Open {path.name}")
        facts = source.open(path).facts
        task, extras, heads = facts.task, facts.extras, tasks.find(facts.task).heads_of(facts)
        contract = heads[0]
        if request.head is not None and ("head" in overrides or request.head in heads):
            contract = request.head
    reasons = dict[str, str]()
    before, choices = project.first_spec(), set(tasks.find(task).choices)
    if before is not None and before.task != task:
        for option in OPTIONS:
            if option.by_model:
                reasons[option.field] = "it was for the old model"
            elif option.by_task and not choices.intersection(option.by_task):
                reasons[option.field] = f"the task `{task}` has no such option"
    if request.head not in (None, *heads):
        reasons.setdefault("head", "the model has no such outputs")
    if not needs_nms(contract):
        reasons.setdefault("iou", "the model needs no NMS")
    if "skeleton" in choices:
        try:
            resolve_skeleton(extras.kpt_shape[0], request.skeleton, extras.kpt_names)
        except UsageError:
            reasons["skeleton"] = "the model has other keypoints"
    for field, why in reasons.items():
        if field not in overrides and BY_FIELD[field].texts(getattr(request, field)):
            progress.note(f"{BY_FIELD[field].spelled} is dropped: {why}")
            request = _with_defaults(request, [field])
    return request


def _without_export_options(request: Request, overrides: Mapping[str, Any]) -> Request:
    """Drop the recorded export options: an exported model cannot take them."""
    return _with_defaults(request, [each.field for each in FOR_EXPORT if each.field not in overrides])


def _with_defaults(request: Request, fields: Iterable[str]) -> Request:
    defaults = vars(Request(""))
    return replace(request, **{field: defaults[field] for field in fields})


def _render(
    project: LoadedProject,
    target: Target,
    request: Request,
    models: Sequence[AppModel],
    base: Mapping[str, bytes],
    workspace: Path,
    progress: Progress,
    overrides: Mapping[str, Any],
) -> Rendering:
    """Write a project with these models, and its manifest, into the workspace."""
    if len(models) > 1:
        if overrides.get("backends"):
            raise UsageError("--backend is for an app with one model", "leave it out")
        request = replace(request, backends=(), default_backends=())
    options = project_options(request, [target], request.name or "")
    parts, names, edited_vectors = list[BuildInput](), list[NameAndKey](), dict[str, str]()
    for number, model in enumerate(models, start=1):
        place, source = model.place, model.source
        model_request = replace(request, model=model.argument)
        with name_model_in_errors((place.key if place else model.argument) if len(models) > 1 else ""):
            if source is None:
                assert place is not None  # noqa: S101 - only a new model has none
                current = _project_model(project, base, workspace, progress, place)
                edited_vectors |= current.edited_vectors
                part = build_input_of(current.spec, current.vectors, model_request, [target], options)
            else:
                if source.is_exported:
                    model_request = _without_export_options(model_request, overrides)
                export, first_task = workspace / f"export-{number}", parts[0].spec.task if parts else ""
                part = prepare_model(
                    source, model_request, [target], options, export, progress, first_task=first_task
                )
        if place is not None and part.checkpoint is None:
            part = replace(part, recorded_checkpoint=place.checkpoint)
        parts.append(part)
        names.append(_name_and_key(model, part, names))
    build_input = combine(parts, names)

    folder = workspace / "new"
    folder.mkdir(parents=True)
    build(target, build_input, folder, project.path)
    written = manifest.read(folder)
    assert written is not None  # noqa: S101 - `build` wrote it
    edited_files = {name: digest for name, digest in edited_vectors.items() if name in written.files}
    recorded = _options_to_record(project, request, models, written.options)
    written = replace(written, options=recorded, files={**written.files, **edited_files})
    manifest.write(written, folder)
    checkpoint = None if build_input.extra_models else build_input.checkpoint or models[0].checkpoint
    paths = {**request.paths(), **target.template_source}
    return Rendering(folder, written, build_input.spec, checkpoint, target.segments(options), target, paths)


class _ProjectModel(NamedTuple):
    """A model of the project, with edgegen's metadata.yaml."""

    spec: ModelSpec
    vectors: Path  # the folder of its golden vectors
    edited_vectors: Mapping[str, str]  # name -> recorded digest


def _project_model(
    project: LoadedProject, base: Mapping[str, bytes], workspace: Path, progress: Progress, place: ModelPlace
) -> _ProjectModel:
    """Return a model of a project, with edgegen's metadata.yaml, without the user's edits of it.

    base: the text files as edgegen wrote them.
    """
    folder = place.folder
    model_dir = PurePosixPath(project.target.model_dir, folder)
    pte, metadata = project.path / model_dir / PTE_NAME, project.path / model_dir / METADATA_NAME
    is_unchanged = manifest.sha256(pte) == project.manifest.files.get(str(model_dir / PTE_NAME))
    written = base.get(str(model_dir / METADATA_NAME))
    workspace = workspace / folder / "own"
    if is_unchanged and written is not None:
        metadata = workspace / METADATA_NAME
        metadata.parent.mkdir(parents=True, exist_ok=True)
        metadata.write_bytes(written)
    try:
        spec = load_model_spec(pte, metadata)
    except InputError as error:
        error.hint = f"restore model.pte and metadata.yaml, or give {_replace_hint(project, place)}"
        raise
    if not is_unchanged:
        progress.note(f"{pte} is not the file that edgegen wrote: it is used as the project's model")
    vectors = project.path / project.target.vectors_dir / folder
    if vector_files.exist_in(vectors):
        hint = f"restore {vectors}, or give {_replace_hint(project, place)}"
        complete = vector_files.pad_missing(vectors, workspace / "whole")
        if vector_files.read(complete, hint).index["model_sha256"] == spec.sha256:
            return _ProjectModel(spec, complete, _edited_vectors(project, folder))
    # The user deleted all vectors, or replaced the model.
    return _ProjectModel(spec, reference_vectors(spec, workspace, progress), {})


def _edited_vectors(project: LoadedProject, folder: str) -> dict[str, str]:
    """Return the recorded digests of edited golden vectors; if any, also those of the sample in the app."""
    recorded = _vector_digests(project, PurePosixPath(project.target.vectors_dir, folder))
    edited = {
        name: digest for name, digest in recorded.items() if manifest.sha256(project.path / name) != digest
    }
    if edited and project.target.vector_sample is not None:
        edited |= _vector_digests(project, PurePosixPath(project.target.vector_sample.folder, folder))
    return edited


def _vector_digests(project: LoadedProject, folder: PurePosixPath) -> dict[str, str]:
    """Return the recorded digests of a folder's golden vectors, without its README."""
    return {
        name: digest
        for name, digest in project.manifest.files.items()
        if PurePosixPath(name).parent == folder and name.endswith((".bin", f"/{vector_files.INDEX}"))
    }


def _replace_hint(project: LoadedProject, place: ModelPlace) -> str:
    """Return how to replace a model."""
    if not place.key:
        return "a model with --model"
    if project.has_model_files(place):
        return f"the model with --remove-model {place.key} --add-model FILE"
    return (
        f"the same model with --add-model FILE, or another with --remove-model {place.key} --add-model FILE"
    )


def _name_and_key(model: AppModel, part: BuildInput, taken: Sequence[NameAndKey]) -> NameAndKey:
    """Return the name and key of a model: its own in the project, or new ones that are not taken."""
    place = model.place
    if place is not None and place.key:
        return NameAndKey(place.name, place.key)
    name = model_name(model.source) if place is None and model.source else part.spec.name
    return unique_names([name], taken)[0]


def _options_to_record(
    project: LoadedProject, request: Request, models: Sequence[AppModel], options: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the options for the manifest. An app with its model's name records no name."""
    record, first = dict(options), models[0]
    keeps_first = first.place is not None and first.place.folder == ""
    is_unnamed = project.manifest.options.get("name") is None and request.name == app_name(project)
    if keeps_first and (first.source is None or len(models) > 1) and is_unnamed:
        record.pop("name", None)
    return {name: value for name, value in record.items() if value is not None}
