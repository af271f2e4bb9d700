"""Render a project again: with the recorded options or others, its own models or others."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from edgegen.base.errors import EdgegenError, InputError, UsageError
from edgegen.base.progress import Progress
from edgegen.base.staging import scratch
from edgegen.commands.check_options import project_options
from edgegen.commands.choose_models import choose_models, own_models
from edgegen.commands.multi_model import AppModel, name_model_in_errors
from edgegen.commands.prepare_model import (
    AppPlan,
    build_input_of,
    combine,
    prepare_build_input,
    prepare_project_model,
)
from edgegen.commands.recorded_options import (
    LoadedProject,
    app_name,
    explain_recorded_classes,
    lacks_photos,
    recorded_request,
    updated_request,
    without_description,
    without_export_options,
    without_options_of_other_task,
)
from edgegen.commands.request import Request
from edgegen.commands.resolve_model import model_name
from edgegen.commands.select_targets import select_targets
from edgegen.model.spec import ModelSpec
from edgegen.project import base_files, manifest
from edgegen.project.building import BuildInput, build
from edgegen.project.manifest import Manifest
from edgegen.project.models import NameAndKey, unique_names
from edgegen.project.option_table import BY_TARGET
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
    with select_targets(request, progress, tasks=False, existing=project.path) as (target,):
        renderer = _Renderer(project, target, request, base, workspace, progress)
        return renderer.render(own_models(project))


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
    overrides, request = updated_request(project, overrides)
    request = replace(request, pretend=pretend)
    if "model" in overrides:
        request = without_description(request, overrides, progress)
    with select_targets(request, progress, existing=project.path) as (target,):
        with explain_recorded_classes(request, overrides):
            models = choose_models(project, request, overrides, progress)
            if any(each.source and not each.source.is_exported for each in models):
                if lacks_photos(request) and "calibration" not in overrides:
                    raise InputError(
                        f"this project is int8, and its calibration photos {request.calibration} are missing",
                        "give photos with --calibration, or make the model float32 with --precision fp32",
                    )
                request.int8()
            if len(models) == 1 and models[0].source is not None:
                request = _without_unused_options(project, request, models[0].source, overrides, progress)
            renderer = _Renderer(project, target, request, base, workspace, progress, overrides)
            rendering = renderer.render(models)
        yield rendering


def _without_unused_options(
    project: LoadedProject,
    request: Request,
    source: ModelSource,
    overrides: Mapping[str, Any],
    progress: Progress,
) -> Request:
    """Drop the recorded options that the only model's next version has no use for."""
    if source.is_exported:
        request = without_export_options(request, overrides)
        request.int8()
        task = source.spec().task
    else:
        path = source.file(progress, fetch=not request.pretend)
        progress.step(f"Open {path.name}")
        task = source.open(path).facts.task
    return without_options_of_other_task(project, request, overrides, task, progress)


@dataclass(frozen=True)
class _Renderer:
    """Writes a project into a workspace, with its own models or others."""

    project: LoadedProject
    target: Target
    request: Request
    base: Mapping[str, bytes]
    workspace: Path
    progress: Progress
    overrides: Mapping[str, Any] = field(default_factory=dict)

    def render(self, models: Sequence[AppModel]) -> Rendering:
        """Write the project with these models, and its manifest."""
        if len(models) > 1:
            if self.overrides.get("backends"):
                raise UsageError("--backend is for an app with one model", "leave it out")
            request = replace(self.request, backends=(), usual_backends=())
            return replace(self, request=request)._render(models)
        return self._render(models)

    def _render(self, models: Sequence[AppModel]) -> Rendering:
        options = project_options(self.request, [self.target], self.request.name or "")
        plan = AppPlan([self.target], options)
        parts, names, edited_vectors = list[BuildInput](), list[NameAndKey](), dict[str, str]()
        for number, model in enumerate(models, start=1):
            place = model.place
            name = place.key if place is not None else model.argument
            with name_model_in_errors(name if len(models) > 1 else ""):
                if model.source is None:
                    part, edited = self._own_part(model, plan)
                    edited_vectors |= edited
                else:
                    part = self._exported_part(model, model.source, plan, self.workspace / f"export-{number}")
            if place is not None and part.checkpoint is None:
                part = replace(part, recorded_checkpoint=place.checkpoint)
            parts.append(part)
            plan = replace(plan, task=parts[0].spec.task)
            names.append(_name_and_key(model, part, names))
        build_input = combine(parts, names)

        folder = self.workspace / "new"
        folder.mkdir(parents=True)
        build(self.target, build_input, folder, self.project.path)
        written = self._complete_manifest(models, folder, edited_vectors)
        checkpoint = None if build_input.more else build_input.checkpoint or models[0].checkpoint
        segments = self.target.segments(options)
        paths = {**self.request.paths(), **self.target.template_source}
        return Rendering(folder, written, build_input.spec, checkpoint, segments, self.target, paths)

    def _own_part(self, model: AppModel, plan: AppPlan) -> tuple[BuildInput, Mapping[str, str]]:
        """Return the part of a model of the project, and the recorded digests of its edited vectors."""
        assert model.place is not None  # noqa: S101 - only a new model has none
        own = prepare_project_model(self.project, self.base, self.workspace, self.progress, model.place)
        return build_input_of(own, self._request_of(model), plan), own.edited_vectors

    def _exported_part(self, model: AppModel, source: ModelSource, plan: AppPlan, folder: Path) -> BuildInput:
        """Return the part of a model that is read, or exported into the folder."""
        request = self._request_of(model)
        if source.is_exported:
            request = without_export_options(request, self.overrides)
        return prepare_build_input(source, request, plan, folder, self.progress)

    def _request_of(self, model: AppModel) -> Request:
        return replace(self.request, model=model.argument)

    def _complete_manifest(
        self, models: Sequence[AppModel], folder: Path, edited_vectors: Mapping[str, str]
    ) -> Manifest:
        """Record the project's other options and its edited vectors in the manifest that `build` wrote."""
        written = manifest.read(folder)
        assert written is not None  # noqa: S101 - `build` wrote it
        edited_files = {name: digest for name, digest in edited_vectors.items() if name in written.files}
        written = replace(
            written,
            options=_options_to_record(self.project, self.request, models, written.options),
            files={**written.files, **edited_files},
        )
        manifest.write(written, folder)
        return written


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
    others = set(BY_TARGET).difference(project.target.options)  # recorded with other targets
    recorded = project.manifest.options
    record = {**options, **{name: value for name, value in recorded.items() if name in others}}
    first = models[0]
    keeps_first = first.place is not None and first.place.folder == ""
    is_unnamed = recorded.get("name") is None and request.name == app_name(project)
    if keeps_first and (first.source is None or len(models) > 1) and is_unnamed:
        record.pop("name", None)
    return {name: value for name, value in record.items() if value is not None}
