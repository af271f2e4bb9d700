"""Prepare a model for rendering: export a checkpoint, or read an export."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from edgegen import runtimes
from edgegen.artifacts.model_reader import load_model_spec
from edgegen.artifacts.pte import METADATA_NAME, PTE_NAME
from edgegen.base.errors import InputError, UsageError
from edgegen.base.progress import Progress
from edgegen.commands.check_options import check_facts, check_spec
from edgegen.commands.request import ExportRequest, Request
from edgegen.commands.resolve_model import find_model
from edgegen.model.class_selection import resolve_classes
from edgegen.model.precision import FLOAT32, INT8
from edgegen.model.skeleton import resolve_skeleton
from edgegen.model.spec import ModelSpec
from edgegen.project.building import BuildInput
from edgegen.project.context import Options
from edgegen.project.option_table import DESCRIBED, EXPORT, FP32, of_concern
from edgegen.targets import Target

if TYPE_CHECKING:
    from edgegen.model.facts import Facts
    from edgegen.sources.source import ModelSource


@dataclass(frozen=True)
class PreparedModel:
    """A model that can be rendered."""

    spec: ModelSpec
    vectors: Path
    checkpoint: Path | None


def prepare_model(
    source: "ModelSource",
    request: ExportRequest,
    folder: Path,
    progress: Progress,
    *,
    check: "Callable[[Facts], object] | None" = None,
    fetch: bool = True,
) -> PreparedModel:
    """Read or export a model, and add golden vectors if it has none. Parameters: see `read_or_export`."""
    spec, checkpoint = read_or_export(source, request, folder, progress, check=check, fetch=fetch)
    vectors = source.vectors if source.is_exported else folder / "vectors"
    return PreparedModel(spec, vectors or reference_vectors(spec, folder, progress), checkpoint)


def prepare_build_input(
    source: "ModelSource",
    request: Request,
    selected: list[Target],
    options: Options,
    folder: Path,
    progress: Progress,
    task: str,
) -> BuildInput:
    """Return a model's part of the projects, exported into the folder if necessary.

    task: that of the app's first model; "" for the first model itself.

    Raises:
        EdgegenError: As `prepare_model` and `check_spec` say.
        InputError: The model is of another task.
    """

    def check(facts: "Facts") -> None:
        _check_task(facts.task, task)
        check_facts(request, selected, facts)

    model = prepare_model(source, request, folder, progress, check=check, fetch=not request.pretend)
    _check_task(model.spec.task, task)
    return build_input_of(model, request, selected, options)


def _check_task(task: str, first: str) -> None:
    if first and task != first:
        raise InputError(
            f"it is for the task `{task}`, and the first model is for `{first}`",
            "an app shows models of one task: make another app of this one",
        )


def build_input_of(
    model: PreparedModel, request: Request, selected: list[Target], options: Options
) -> BuildInput:
    """Return what the projects are rendered from, or raise UsageError if the options do not fit the model."""
    check_spec(request, selected, model.spec)
    names, extras = model.spec.class_names, model.spec.output.extras
    options = replace(
        options,
        keep_classes=resolve_classes(names, request.classes),
        skeleton=resolve_skeleton(extras.kpt_shape[0], request.skeleton, extras.kpt_names),
    )
    return BuildInput(model.spec, options, model.vectors, request.recorded_of(options), model.checkpoint)


def combine(models: Sequence[BuildInput], names: Sequence[tuple[str, str]]) -> BuildInput:
    """Combine the models' parts of one project. Its app begins with the first model.

    names: name and key of each model.
    """
    if len(models) == 1:
        return models[0]
    named = [
        replace(model, key=key, folder=key if number else "", spec=replace(model.spec, name=name))
        for number, (model, (name, key)) in enumerate(zip(models, names, strict=True))
    ]
    return replace(named[0], more=tuple(named[1:]))


def open_model_argument(
    request: ExportRequest,
    checkpoint: Path | None,
    folder: Path,
    progress: Progress,
    *,
    check: "Callable[[Facts], object] | None" = None,
) -> "tuple[ModelSource, ModelSpec, Path | None]":
    """Return the source of MODEL, its specification, and its checkpoint if known.

    checkpoint: the value of --model, for an export or a project. Parameters: see `read_or_export`.

    Raises:
        UsageError: MODEL is a checkpoint, and --model was given too.
    """
    source = find_model(request.model, request.description())
    if checkpoint is not None and not source.is_exported:
        raise UsageError(f"{request.model} is a checkpoint itself", "leave out --model")
    spec, own = read_or_export(source, request, folder, progress, check=check)
    return source, spec, checkpoint or own


def read_or_export(
    source: "ModelSource",
    request: ExportRequest,
    folder: Path,
    progress: Progress,
    *,
    check: "Callable[[Facts], object] | None" = None,
    fetch: bool = True,
) -> tuple[ModelSpec, Path | None]:
    """Read an export, or export a checkpoint into `folder`. Return the specification and the checkpoint.

    check: gets the facts of a checkpoint before its export, and may raise. fetch: download an official model.
    """
    if source.is_exported:
        _check_no_export_options(request)
        progress.step("Read the model")
        spec = source.spec()
        if request.precision == FP32 and spec.precision != FLOAT32.name:
            raise UsageError(
                f"--precision is {FP32}, and {request.model} is already exported in {spec.precision}",
                "leave it out, or give the checkpoint",
            )
        _note_missing_programs(spec, request, progress)
        return spec, source.checkpoint
    from edgegen.export.exporting import export_checkpoint

    path = source.file(progress, fetch=fetch)
    export_checkpoint(
        path,
        folder,
        imgsz=request.imgsz,
        head=request.head,
        images=request.images,
        int8=request.int8(),
        backends=request.further_backends(),
        optional_backends=(*request.optional_backends, *request.usual_backends),
        check=check,
        opener=source.open,
        progress=progress,
    )
    return load_model_spec(folder / PTE_NAME, folder / METADATA_NAME), path


def _note_missing_programs(spec: ModelSpec, request: ExportRequest, progress: Progress) -> None:
    """Note the usual programs that an export could have and does not."""
    if spec.precision != FLOAT32.name or spec.output.contract == "decoded":
        return
    known = [program.backend for program in spec.programs if program.backend in runtimes.backend_names()]
    delegates = {runtimes.find_backend(name).delegates for name in known}
    for backend in map(runtimes.find_backend, request.usual_backends):
        if backend.delegates not in delegates:
            progress.note(
                f"{request.model} has no program for {backend.title}, so the app uses the CPU: "
                f"export with --backend {backend.name}, or give the checkpoint"
            )


def _check_no_export_options(request: ExportRequest) -> None:
    wrong = [option.spelled for option in of_concern(EXPORT, DESCRIBED) if getattr(request, option.field)]
    wrong += ["--precision"] if request.precision == INT8.name else []
    if wrong:
        raise UsageError(
            f"{', '.join(wrong)} is for checkpoints, and {request.model} is exported already",
            "leave it out, or give the checkpoint",
        )


def reference_vectors(spec: ModelSpec, folder: Path, progress: Progress) -> Path:
    """Write golden vectors of drawn pictures for a model without any, and return their folder."""
    from edgegen.parity.vectors import make_vectors

    progress.step("Make golden vectors")
    folder.mkdir(parents=True, exist_ok=True)
    make_vectors(folder / "vectors", spec)
    return folder / "vectors"
