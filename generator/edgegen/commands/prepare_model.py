"""Prepare a model for rendering: check the options against it, and export a checkpoint or read an export."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from edgegen import runtimes, targets, tasks
from edgegen.base.errors import InputError, UsageError
from edgegen.base.progress import Progress
from edgegen.commands.request import ExportRequest, Request, is_named
from edgegen.commands.resolve_model import find_model
from edgegen.model.class_selection import resolve_classes
from edgegen.model.int8 import LEAST_CONFIDENCE
from edgegen.model.precision import FLOAT32, INT8
from edgegen.model.skeleton import Skeleton, resolve_skeleton
from edgegen.model.spec import CheckpointFacts, Extras, Facts, ModelSpec, needs_nms
from edgegen.project.building import BuildInput
from edgegen.project.context import Options
from edgegen.project.models import NameAndKey
from edgegen.project.option_table import DESCRIBED, EXPORT, FP16, FP32, IOU, OPTIONS, of_concern
from edgegen.sources.exported import ExportedSource
from edgegen.sources.source import ModelSource
from edgegen.targets import Target


def prepare_model(
    source: ModelSource,
    request: Request,
    selected: list[Target],
    options: Options,
    folder: Path,
    progress: Progress,
    *,
    first_task: str = "",
) -> BuildInput:
    """Return a model's part of the projects. A checkpoint is exported into the folder.

    first_task: of the app's first model; "" for that model itself.
    """

    def check(facts: CheckpointFacts) -> None:
        _check_same_task(facts.task, first_task)
        head = request.head or tasks.find(facts.task).heads_of(facts)[0]
        is_int8 = request.precision == INT8
        check_options(request, selected, facts, facts.extras, has_nms=needs_nms(head), is_int8=is_int8)

    spec, checkpoint = read_or_export(
        source, request, folder, progress, check=check, fetch=not request.pretend
    )
    if source.is_exported:
        _check_same_task(spec.task, first_task)
    vectors = source.vectors if source.is_exported else folder / "vectors"
    vectors = vectors or reference_vectors(spec, folder, progress)
    return build_input_of(spec, vectors, request, selected, options, checkpoint)


def read_or_export(
    source: ModelSource,
    request: ExportRequest,
    folder: Path,
    progress: Progress,
    *,
    check: Callable[[CheckpointFacts], object] | None = None,
    fetch: bool = True,
) -> tuple[ModelSpec, Path | None]:
    """Read an export, or export a checkpoint into `folder`. Return the specification and the checkpoint.

    check: gets the facts of a checkpoint before its export, and may raise. fetch: download an official model.
    """
    if source.is_exported:
        return _read_export(source, request, progress), source.checkpoint
    from edgegen.export.exporting import export_checkpoint

    path = source.file(progress, fetch=fetch)
    optional = {*request.optional_backends, *request.default_backends} - {*request.required_backends}
    spec = export_checkpoint(
        path,
        folder,
        imgsz=request.imgsz,
        head=request.head,
        images=request.images,
        int8=request.int8(),
        float16_weights=request.precision == FP16,
        backends=request.extra_backends(),
        optional_backends=optional,
        check=check,
        opener=source.open,
        progress=progress,
    )
    return spec, path


def build_input_of(
    spec: ModelSpec,
    vectors: Path,
    request: Request,
    selected: list[Target],
    options: Options,
    checkpoint: Path | None = None,
) -> BuildInput:
    """Return what the projects are rendered from, or raise UsageError if the options do not fit the model.

    vectors: the folder of its golden vectors.
    """
    output = spec.output
    classes, skeleton = check_options(
        request, selected, spec, output.extras, has_nms=output.needs_nms, is_int8=spec.is_int8
    )
    targets.check_resize(spec, selected)
    for target in selected:
        if is_named(request, target):  # `new` drops the others
            targets.check_program(spec, target)
    options = replace(options, keep_classes=classes, skeleton=skeleton)
    return BuildInput(spec, options, vectors, request.record(options), checkpoint)


def check_options(
    request: Request,
    selected: list[Target],
    facts: Facts,
    extras: Extras,
    *,
    has_nms: bool,
    is_int8: bool,
) -> tuple[tuple[int, ...], Skeleton]:
    """Return the classes and the limbs that the app shows; UsageError if an option does not fit the model."""
    targets.check_task(facts.task, selected)
    choices = set(tasks.find(facts.task).choices)
    for option in OPTIONS:
        is_given = bool(option.texts(getattr(request, option.field)))
        if option.by_task and is_given and not choices.intersection(option.by_task):
            raise UsageError(
                f"{option.spelled} has no effect for a model for the task `{facts.task}`", "leave it out"
            )
    if request.iou != IOU and not has_nms:
        raise UsageError("--iou has no effect: this model needs no NMS", "leave it out")
    if is_int8 and request.confidence < LEAST_CONFIDENCE:
        raise UsageError(  # the threshold would hide nothing
            f"--conf is {request.confidence:g}, and the lowest score in int8 is {LEAST_CONFIDENCE:g}",
            "give a higher --conf, or leave it out",
        )
    classes = resolve_classes(facts.class_names, request.classes)
    return classes, resolve_skeleton(extras.kpt_shape[0], request.skeleton, extras.kpt_names)


def combine(models: Sequence[BuildInput], names: Sequence[NameAndKey]) -> BuildInput:
    """Combine the models' parts of a project. The app begins with the first."""
    if len(models) == 1:
        return models[0]
    named = [
        replace(model, key=names_of.key, folder=names_of.key, spec=replace(model.spec, name=names_of.name))
        for model, names_of in zip(models, names, strict=True)
    ]
    return replace(named[0], folder="", extra_models=tuple(named[1:]))


def open_model_argument(
    request: ExportRequest,
    checkpoint: Path | None,
    folder: Path,
    progress: Progress,
    *,
    check: Callable[[CheckpointFacts], object] | None = None,
) -> tuple[ModelSource, ModelSpec, Path | None]:
    """Open MODEL: read an export, or export a checkpoint into `folder`.

    Return the source, the specification, and the checkpoint if it is known.

    checkpoint: the value of --model, for an export or a project. Parameters: see `read_or_export`.
    """
    source = find_model(request.model, request.description())
    if checkpoint is not None and not source.is_exported:
        raise UsageError(f"{request.model} is a checkpoint itself", "leave out --model")
    spec, own = read_or_export(source, request, folder, progress, check=check)
    return source, spec, checkpoint or own


def reference_vectors(spec: ModelSpec, folder: Path, progress: Progress) -> Path:
    """Write golden vectors of drawn pictures for a model without any, and return their folder."""
    from edgegen.parity.vectors import make_vectors

    progress.step("Make golden vectors")
    folder.mkdir(parents=True, exist_ok=True)
    make_vectors(folder / "vectors", spec)
    return folder / "vectors"


def _check_same_task(task: str, first_task: str) -> None:
    """Raise InputError for a model of another task than the app's first."""
    if first_task and task != first_task:
        raise InputError(
            f"it is for the task `{task}`, and the first model is for `{first_task}`",
            "all models of an app have the same task: make a separate app from this one",
        )


def _read_export(source: ExportedSource, request: ExportRequest, progress: Progress) -> ModelSpec:
    """Read an export, or raise UsageError for an option that only an export of a checkpoint has."""
    wrong = [option.spelled for option in of_concern(EXPORT, DESCRIBED) if getattr(request, option.field)]
    wrong += ["--precision"] if request.precision in (INT8, FP16) else []
    if wrong:
        verb = "is" if len(wrong) == 1 else "are"
        raise UsageError(
            f"{', '.join(wrong)} {verb} for checkpoints, and {request.model} is exported already",
            "leave it out, or give the checkpoint",
        )
    progress.step("Read the model")
    spec = source.spec
    precision = spec.program_for(request.required_backends).precision
    if request.precision == FP32 and precision != FLOAT32:
        raise UsageError(
            f"--precision is {FP32}, and {request.model} is already exported in {precision}",
            "leave it out, or give the checkpoint",
        )
    _note_missing_programs(spec, request, progress)
    return spec


def _note_missing_programs(spec: ModelSpec, request: ExportRequest, progress: Progress) -> None:
    """Note the usual programs that an export could have and does not."""
    if spec.precision != FLOAT32 or spec.output.has_columns:
        return
    known = [program.backend for program in spec.programs if program.backend in runtimes.backend_names()]
    delegates = {runtimes.find_backend(name).delegates for name in known}
    defaults = map(runtimes.find_backend, request.default_backends)
    for backend in (each for each in defaults if each.runtime == runtimes.default().name):
        if backend.delegates not in delegates:
            progress.note(
                f"{request.model} has no program for {backend.title}. The app uses the CPU. "
                f"To add one, export with --backend {backend.name}, or give the checkpoint."
            )
