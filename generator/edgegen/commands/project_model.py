"""Prepare a project's own model for rendering it again."""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from edgegen.artifacts import vector_files
from edgegen.artifacts.model_reader import load_model_spec
from edgegen.artifacts.pte import METADATA_NAME, PTE_NAME
from edgegen.base.errors import InputError
from edgegen.base.progress import Progress
from edgegen.commands.prepare_model import PreparedModel, reference_vectors
from edgegen.commands.recorded_options import LoadedProject
from edgegen.project import manifest
from edgegen.project.models import Place


def prepare_project_model(
    project: LoadedProject,
    base: Mapping[str, bytes],
    workspace: Path,
    progress: Progress,
    place: Place,
) -> tuple[PreparedModel, Mapping[str, str]]:
    """Return a model of a project, and the recorded digests of its golden vectors that the user edited.

    It has edgegen's metadata.yaml, without the user's edits.

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
            return PreparedModel(spec, complete, None), _edited_vectors(project, folder)
    # The user deleted all vectors, or replaced the model.
    return PreparedModel(spec, reference_vectors(spec, workspace, progress), None), {}


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


def has_model_files(project: LoadedProject, place: Place) -> bool:
    """Return whether a model's files exist: many people do not commit them to git."""
    folder = place.below(project.model_dir)
    return all((folder / name).is_file() for name in (PTE_NAME, METADATA_NAME))


def _replace_hint(project: LoadedProject, place: Place) -> str:
    """Return how to replace a model."""
    if not place.key:
        return "a model with --model"
    if has_model_files(project, place):
        return f"the model with --remove-model {place.key} --add-model FILE"
    return f"the same again with --add-model FILE, another with --remove-model {place.key} --add-model FILE"
