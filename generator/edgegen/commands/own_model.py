"""The model that a project holds, ready to be rendered with once more."""

from collections.abc import Mapping
from pathlib import Path

from edgegen.artifacts import vector_files
from edgegen.artifacts.model_reader import load_model_spec
from edgegen.base.errors import InputError
from edgegen.base.progress import Progress
from edgegen.commands.ready import Ready, reference_vectors
from edgegen.commands.remembered import Subject
from edgegen.project import manifest
from edgegen.project.models import Place


def own_model(
    it: Subject,
    base: Mapping[str, bytes],
    workspace: Path,
    progress: Progress,
    place: Place | None = None,
) -> Ready:
    """Return a model that a project holds, described as edgegen described it, whatever its owner edited.

    It is the first, or the one of a place.

    Raises:
        InputError: It cannot be used; the message says what to do.
    """
    folder = place.folder if place else ""
    model_dir = it.model_dir / folder
    pte, metadata = model_dir / "model.pte", model_dir / "metadata.yaml"
    ours = manifest.sha256(pte) == it.known.files.get(_inside(it, "model.pte", folder))
    described = base.get(_inside(it, "metadata.yaml", folder))
    workspace = workspace / folder
    if ours and described is not None:
        metadata = workspace / "own" / "metadata.yaml"
        metadata.parent.mkdir(parents=True, exist_ok=True)
        metadata.write_bytes(described)
    try:
        spec = load_model_spec(pte, metadata)
    except InputError as error:
        error.hint = "restore model.pte and metadata.yaml, or give a model with --model"
        raise
    vectors = it.path / it.target.vectors_dir / folder
    if vector_files.are_in(vectors):
        hint = f"restore {vectors}, or give the model with --model"
        if vector_files.read(vectors, hint).index["model_sha256"] == spec.sha256:
            return Ready(spec, vectors, None)
    # Their owner deleted them all, or put another model into its place.
    return Ready(spec, reference_vectors(spec, workspace / "own", progress), None)


def _inside(it: Subject, name: str, folder: str = "") -> str:
    return f"{it.target.model_dir}/{folder}/{name}" if folder else f"{it.target.model_dir}/{name}"
