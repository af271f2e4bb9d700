"""Prepare a model for rendering: export a checkpoint, read an export, or take a project's own model."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from edgegen import runtimes
from edgegen.artifacts import vector_files
from edgegen.artifacts.model_reader import load_model_spec
from edgegen.base.errors import InputError, UsageError
from edgegen.base.model_files import METADATA_NAME, PTE_NAME
from edgegen.base.progress import Progress
from edgegen.commands.check_options import check_facts, check_spec
from edgegen.commands.recorded_options import LoadedProject
from edgegen.commands.request import ExportRequest, Request
from edgegen.commands.resolve_model import find_model
from edgegen.model.class_selection import resolve_classes
from edgegen.model.facts import Facts
from edgegen.model.precision import FLOAT32, INT8
from edgegen.model.skeleton import resolve_skeleton
from edgegen.model.spec import ModelSpec
from edgegen.project import manifest
from edgegen.project.building import BuildInput
from edgegen.project.context import Options
from edgegen.project.models import NameAndKey, Place
from edgegen.project.option_table import DESCRIBED, EXPORT, FP16, FP32, of_concern
from edgegen.sources.exported import ExportedSource
from edgegen.sources.source import ModelSource
from edgegen.targets import Target


@dataclass(frozen=True)
class PreparedModel:
    """A model that can be rendered."""

    spec: ModelSpec
    vectors: Path  # the folder of its golden vectors
    checkpoint: Path | None = None
    edited_vectors: Mapping[str, str] = field(default_factory=dict)  # of a project: name -> recorded digest


def prepare_model(
    source: ModelSource,
    request: ExportRequest,
    folder: Path,
    progress: Progress,
    *,
    check: Callable[[Facts], object] | None = None,
    fetch: bool = True,
) -> PreparedModel:
    """Read or export a model, and add golden vectors if it has none. Parameters: see `read_or_export`."""
    spec, checkpoint = read_or_export(source, request, folder, progress, check=check, fetch=fetch)
    vectors = source.vectors if source.is_exported else folder / "vectors"
    return PreparedModel(spec, vectors or reference_vectors(spec, folder, progress), checkpoint)


@dataclass(frozen=True)
class AppPlan:
    """The projects that models are prepared for."""

    targets: list[Target]
    options: Options
    task: str = ""  # of the app's first model; "" for the first model itself

    def check_task(self, task: str) -> None:
        """Raise InputError for a model of another task than the app's first."""
        if self.task and task != self.task:
            raise InputError(
                f"it is for the task `{task}`, and the first model is for `{self.task}`",
                "all models of an app have the same task: make a separate app from this one",
            )


def prepare_build_input(
    source: ModelSource, request: Request, plan: AppPlan, folder: Path, progress: Progress
) -> BuildInput:
    """Return a model's part of the projects, exported into the folder if necessary.

    Raises:
        InputError: The model has another task than the app's first, or cannot be used.
        UsageError: The options do not fit the model.
    """

    def check(facts: Facts) -> None:
        plan.check_task(facts.task)
        check_facts(request, plan.targets, facts)

    model = prepare_model(source, request, folder, progress, check=check, fetch=not request.pretend)
    plan.check_task(model.spec.task)
    return build_input_of(model, request, plan)


def build_input_of(model: PreparedModel, request: Request, plan: AppPlan) -> BuildInput:
    """Return what the projects are rendered from, or raise UsageError if the options do not fit the model."""
    check_spec(request, plan.targets, model.spec)
    names, extras = model.spec.class_names, model.spec.output.extras
    options = replace(
        plan.options,
        keep_classes=resolve_classes(names, request.classes),
        skeleton=resolve_skeleton(extras.kpt_shape[0], request.skeleton, extras.kpt_names),
    )
    return BuildInput(model.spec, options, model.vectors, request.record_of(options), model.checkpoint)


def combine(models: Sequence[BuildInput], names: Sequence[NameAndKey]) -> BuildInput:
    """Combine the models' parts of a project. The app begins with the first."""
    if len(models) == 1:
        return models[0]
    named = [
        replace(model, key=names_of.key, folder=names_of.key, spec=replace(model.spec, name=names_of.name))
        for model, names_of in zip(models, names, strict=True)
    ]
    return replace(named[0], folder="", more=tuple(named[1:]))


class OpenedArgument(NamedTuple):
    """A MODEL argument."""

    source: ModelSource
    spec: ModelSpec
    checkpoint: Path | None  # if known


def open_model_argument(
    request: ExportRequest,
    checkpoint: Path | None,
    folder: Path,
    progress: Progress,
    *,
    check: Callable[[Facts], object] | None = None,
) -> OpenedArgument:
    """Open MODEL: read an export, or export a checkpoint into `folder`.

    checkpoint: the value of --model, for an export or a project. Parameters: see `read_or_export`.

    Raises:
        UsageError: MODEL is a checkpoint, and --model was given too.
    """
    source = find_model(request.model, request.description())
    if checkpoint is not None and not source.is_exported:
        raise UsageError(f"{request.model} is a checkpoint itself", "leave out --model")
    spec, own = read_or_export(source, request, folder, progress, check=check)
    return OpenedArgument(source, spec, checkpoint or own)


def read_or_export(
    source: ModelSource,
    request: ExportRequest,
    folder: Path,
    progress: Progress,
    *,
    check: Callable[[Facts], object] | None = None,
    fetch: bool = True,
) -> tuple[ModelSpec, Path | None]:
    """Read an export, or export a checkpoint into `folder`. Return the specification and the checkpoint.

    check: gets the facts of a checkpoint before its export, and may raise. fetch: download an official model.
    """
    if source.is_exported:
        return _read_export(source, request, progress), source.checkpoint
    from edgegen.export.exporting import export_checkpoint

    path = source.file(progress, fetch=fetch)
    optional = {*request.optional_backends, *request.usual_backends} - {*request.required_backends}
    export_checkpoint(
        path,
        folder,
        imgsz=request.imgsz,
        head=request.head,
        images=request.images,
        int8=request.int8(),
        float16_weights=request.precision == FP16,
        backends=request.further_backends(),
        optional_backends=optional,
        check=check,
        opener=source.open,
        progress=progress,
    )
    return load_model_spec(folder / PTE_NAME, folder / METADATA_NAME), path


def _read_export(source: ExportedSource, request: ExportRequest, progress: Progress) -> ModelSpec:
    """Read an export, or raise UsageError for an option that only an export of a checkpoint has."""
    wrong = [option.spelled for option in of_concern(EXPORT, DESCRIBED) if getattr(request, option.field)]
    wrong += ["--precision"] if request.precision in (INT8.name, FP16) else []
    if wrong:
        verb = "is" if len(wrong) == 1 else "are"
        raise UsageError(
            f"{', '.join(wrong)} {verb} for checkpoints, and {request.model} is exported already",
            "leave it out, or give the checkpoint",
        )
    progress.step("Read the model")
    spec = source.spec()
    precision = spec.program_for(request.required_backends).precision
    if request.precision == FP32 and precision != FLOAT32.name:
        raise UsageError(
            f"--precision is {FP32}, and {request.model} is already exported in {precision}",
            "leave it out, or give the checkpoint",
        )
    _note_missing_programs(spec, request, progress)
    return spec


def _note_missing_programs(spec: ModelSpec, request: ExportRequest, progress: Progress) -> None:
    """Note the usual programs that an export could have and does not."""
    if spec.precision != FLOAT32.name or spec.output.contract == "decoded":
        return
    known = [program.backend for program in spec.programs if program.backend in runtimes.backend_names()]
    delegates = {runtimes.find_backend(name).delegates for name in known}
    usual = map(runtimes.find_backend, request.usual_backends)
    for backend in (each for each in usual if each.runtime == runtimes.default().name):
        if backend.delegates not in delegates:
            progress.note(
                f"{request.model} has no program for {backend.title}. The app uses the CPU. "
                f"To add one, export with --backend {backend.name}, or give the checkpoint."
            )


def reference_vectors(spec: ModelSpec, folder: Path, progress: Progress) -> Path:
    """Write golden vectors of drawn pictures for a model without any, and return their folder."""
    from edgegen.parity.vectors import make_vectors

    progress.step("Make golden vectors")
    folder.mkdir(parents=True, exist_ok=True)
    make_vectors(folder / "vectors", spec)
    return folder / "vectors"


def prepare_project_model(
    project: LoadedProject, base: Mapping[str, bytes], workspace: Path, progress: Progress, place: Place
) -> PreparedModel:
    """Return a model of a project, with edgegen's metadata.yaml, without the user's edits of it.

    base: the text files as edgegen wrote them.

    Raises:
        InputError: The model cannot be used. The hint says how to replace it.
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
            return PreparedModel(spec, complete, edited_vectors=_edited_vectors(project, folder))
    # The user deleted all vectors, or replaced the model.
    return PreparedModel(spec, reference_vectors(spec, workspace, progress))


def _edited_vectors(project: LoadedProject, folder: str) -> dict[str, str]:
    """Return the recorded digests of edited golden vectors; if any, also those of the sample in the app."""
    own = _vector_digests(project, PurePosixPath(project.target.vectors_dir, folder))
    edited = {name: digest for name, digest in own.items() if manifest.sha256(project.path / name) != digest}
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


def _replace_hint(project: LoadedProject, place: Place) -> str:
    """Return how to replace a model."""
    if not place.key:
        return "a model with --model"
    if project.has_model_files(place):
        return f"the model with --remove-model {place.key} --add-model FILE"
    return (
        f"the same model with --add-model FILE, or another with --remove-model {place.key} --add-model FILE"
    )
