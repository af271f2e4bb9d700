"""The model that a project holds, ready to be rendered with once more."""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from edgegen.artifacts import vector_files
from edgegen.artifacts.model_reader import load_model_spec
from edgegen.base.errors import InputError
from edgegen.base.progress import Progress
from edgegen.commands.prepare_model import Ready, reference_vectors
from edgegen.commands.recorded_options import LoadedProject
from edgegen.project import manifest
from edgegen.project.models import Place


def own_model(
    project: LoadedProject,
    base: Mapping[str, bytes],
    workspace: Path,
    progress: Progress,
    place: Place | None = None,
) -> tuple[Ready, Mapping[str, str]]:
    """Return a model that a project holds, described as edgegen described it, whatever its owner edited.

    It is the first, or the one of a place. With it come the files of golden vectors that its owner edited or
    deleted, by the digests that are recorded of them: what is rendered in their place is not edgegen's.

    Raises:
        InputError: It cannot be used; the message says what to do.
    """
    folder = place.folder if place else ""
    model_dir = project.model_dir / folder
    pte, metadata = model_dir / "model.pte", model_dir / "metadata.yaml"
    ours = manifest.sha256(pte) == project.manifest.files.get(_inside(project, "model.pte", folder))
    described = base.get(_inside(project, "metadata.yaml", folder))
    workspace = workspace / folder
    if ours and described is not None:
        metadata = workspace / "own" / "metadata.yaml"
        metadata.parent.mkdir(parents=True, exist_ok=True)
        metadata.write_bytes(described)
    try:
        spec = load_model_spec(pte, metadata)
    except InputError as error:
        error.hint = f"restore model.pte and metadata.yaml, or give {_again(project, place)}"
        raise
    if not ours:
        progress.note(f"{pte} is not the one that edgegen wrote: it is the project's model now")
    vectors = project.path / project.target.vectors_dir / folder
    if vector_files.exist_in(vectors):
        hint = f"restore {vectors}, or give {_another(place)}"
        whole = vector_files.pad_missing(vectors, workspace / "own" / "whole")
        if vector_files.read(whole, hint).index["model_sha256"] == spec.sha256:
            return Ready(spec, whole, None), _edited_vectors(project, folder)
    # Their owner deleted them all, or put another model into its place.
    return Ready(spec, reference_vectors(spec, workspace / "own", progress), None), {}


def _edited_vectors(project: LoadedProject, folder: str) -> dict[str, str]:
    """Return the recorded digests of a model's golden vectors that are not as they were written.

    With one of them go those that an app carries, which are made of them.
    """
    own = _numbers(project, PurePosixPath(project.target.vectors_dir, folder))
    edited = {name: digest for name, digest in own.items() if manifest.sha256(project.path / name) != digest}
    if edited and project.target.vector_sample is not None:
        edited |= _numbers(project, PurePosixPath(project.target.vector_sample.folder, folder))
    return edited


def _numbers(project: LoadedProject, folder: PurePosixPath) -> dict[str, str]:
    """Return a folder's files of golden vectors, less what explains them."""
    return {
        name: digest
        for name, digest in project.manifest.files.items()
        if PurePosixPath(name).parent == folder and name.endswith((".bin", f"/{vector_files.INDEX}"))
    }


def _again(project: LoadedProject, place: Place | None) -> str:
    """Say how a model comes back, the same or another, that lies in a project no more."""
    if place is None or not place.key:
        return _another(place)
    if all((place.below(project.model_dir) / name).is_file() for name in ("model.pte", "metadata.yaml")):
        return _another(place)
    return f"the same again with --add-model FILE, another with {_exchange(place)}"


def _another(place: Place | None) -> str:
    return f"the model with {_exchange(place)}" if place and place.key else "a model with --model"


def _exchange(place: Place) -> str:
    return f"--remove-model {place.key} --add-model FILE"


def _inside(project: LoadedProject, name: str, folder: str = "") -> str:
    return f"{project.target.model_dir}/{folder}/{name}" if folder else f"{project.target.model_dir}/{name}"
