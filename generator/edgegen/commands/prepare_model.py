"""Prepare a model for rendering: export a checkpoint, read an export, or read the model of a project."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from edgegen.artifacts import vector_files
from edgegen.artifacts.model_reader import load_model_spec
from edgegen.base.errors import InputError, UsageError
from edgegen.base.progress import Progress
from edgegen.commands.recorded_options import LoadedProject
from edgegen.commands.request import ExportRequest
from edgegen.commands.resolve_model import find_model
from edgegen.model.precision import FLOAT32, INT8
from edgegen.model.spec import ModelSpec
from edgegen.project import manifest
from edgegen.project.models import Place
from edgegen.project.option_table import BY_FIELD, FP32

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
    return PreparedModel(spec, vectors or _reference_vectors(spec, folder, progress), checkpoint)


def open_model_argument(
    argument: str,
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
    source = find_model(argument)
    if checkpoint is not None and not source.is_exported:
        raise UsageError(f"{argument} is a checkpoint itself", "leave out --model")
    spec, own = read_or_export(source, ExportRequest(argument), folder, progress, check=check)
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
        check=check,
        opener=source.open,
        progress=progress,
    )
    return load_model_spec(folder / "model.pte", folder / "metadata.yaml"), path


def _check_no_export_options(request: ExportRequest) -> None:
    wrong = [BY_FIELD[name].spelled for name in ("imgsz", "head", "images") if getattr(request, name)]
    wrong += ["--precision"] if request.precision == INT8.name else []
    if wrong:
        raise UsageError(
            f"{', '.join(wrong)} is for checkpoints, and {request.model} is exported already",
            "leave it out, or give the checkpoint",
        )


def _reference_vectors(spec: ModelSpec, folder: Path, progress: Progress) -> Path:
    """Write golden vectors of drawn pictures for a model without any, and return their folder."""
    from edgegen.parity.vectors import make_vectors

    progress.step("Make golden vectors")
    folder.mkdir(parents=True, exist_ok=True)
    make_vectors(folder / "vectors", spec)
    return folder / "vectors"


def prepare_project_model(
    project: LoadedProject,
    base: Mapping[str, bytes],
    workspace: Path,
    progress: Progress,
    place: Place | None = None,
) -> tuple[PreparedModel, Mapping[str, str]]:
    """Return a model of a project, and the recorded digests of its golden vectors that the user edited.

    It has edgegen's metadata.yaml, without the user's edits. place: the model; default: the first one.

    Raises:
        InputError: The model cannot be used. The hint says how to replace it.
    """
    folder = place.folder if place else ""
    model_dir = PurePosixPath(project.target.model_dir, folder)
    pte, metadata = project.path / model_dir / "model.pte", project.path / model_dir / "metadata.yaml"
    is_unchanged = manifest.sha256(pte) == project.manifest.files.get(str(model_dir / "model.pte"))
    written = base.get(str(model_dir / "metadata.yaml"))
    workspace = workspace / folder / "own"
    if is_unchanged and written is not None:
        metadata = workspace / "metadata.yaml"
        metadata.parent.mkdir(parents=True, exist_ok=True)
        metadata.write_bytes(written)
    try:
        spec = load_model_spec(pte, metadata)
    except InputError as error:
        error.hint = f"restore model.pte and metadata.yaml, or give {_restore_hint(project, place)}"
        raise
    if not is_unchanged:
        progress.note(f"{pte} is not the file that edgegen wrote: it is used as the project's model")
    vectors = project.path / project.target.vectors_dir / folder
    if vector_files.exist_in(vectors):
        hint = f"restore {vectors}, or give {_replace_hint(place)}"
        complete = vector_files.pad_missing(vectors, workspace / "whole")
        if vector_files.read(complete, hint).index["model_sha256"] == spec.sha256:
            return PreparedModel(spec, complete, None), _edited_vectors(project, folder)
    # The user deleted all vectors, or replaced the model.
    return PreparedModel(spec, _reference_vectors(spec, workspace, progress), None), {}


def _edited_vectors(project: LoadedProject, folder: str) -> dict[str, str]:
    """Return the recorded digests of the golden vectors that were edited.

    If there are any, the ones in the app are included: they are a sample of the same vectors.
    """
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


def _restore_hint(project: LoadedProject, place: Place | None) -> str:
    """Return how to restore the files of a model, or replace it."""
    if place is None or not place.key:
        return _replace_hint(place)
    folder = place.below(project.model_dir)
    if all((folder / name).is_file() for name in ("model.pte", "metadata.yaml")):
        return _replace_hint(place)
    return f"the same again with --add-model FILE, another with --remove-model {place.key} --add-model FILE"


def _replace_hint(place: Place | None) -> str:
    if place is None or not place.key:
        return "a model with --model"
    return f"the model with --remove-model {place.key} --add-model FILE"
