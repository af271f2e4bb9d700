"""Making a project: model, vectors and rendered sources, aside first, then in place."""

import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edgegen.artifacts import vector_files
from edgegen.artifacts.vector_files import VectorFiles
from edgegen.base.errors import InputError
from edgegen.model.spec import ModelSpec
from edgegen.parity.vector_sample import write_sample
from edgegen.project import base_files, manifest
from edgegen.project.blueprint import Blueprint
from edgegen.project.context import Options, command_again, shared_context
from edgegen.project.edits import Edits
from edgegen.project.manifest import Manifest
from edgegen.project.render import copy_shared, render

_NO_VECTORS = "export the model again, or remove that folder: the .pte itself then has to do"


@dataclass(frozen=True)
class Project:
    """A project that stands on disk."""

    path: Path
    target: str
    files: tuple[str, ...]  # relative POSIX paths, sorted
    edits: Edits = field(default_factory=Edits)  # what became of the user's, where there was a project before


@dataclass(frozen=True)
class Ingredients:
    """What goes into a project beside the templates."""

    spec: ModelSpec
    options: Options
    vectors: Path  # a folder of golden vectors made from this very model
    recorded: Mapping[str, Any]  # the options as given, for `.edgegen.yml`
    checkpoint: Path | None = None  # what the model was exported from, when it was


def build(target: Blueprint, ingredients: Ingredients, staged: Path, final: Path) -> Project:
    """Write the whole project into the staged folder. `final` is where it will stand.

    Raises:
        RenderError: A template is broken.
        InputError: The vectors are damaged, or not of this model.
        OSError: It could not be written; the caller names the folder.
    """
    spec, options = ingredients.spec, ingredients.options
    again = command_again(target.name, target.takes, options, ingredients.recorded)
    context = {**shared_context(spec, options), **target.context(spec, options), "again": again}
    recorded = dict(ingredients.recorded)
    if target.write is not None:
        recorded |= target.write(spec, options, staged)
    else:
        templates = [target.template, *([target.ci[options.ci]] if options.ci in target.ci else [])]
        for template in templates:
            render(template, context, staged, target.segments(options), spec.task)
    for source, destination in target.rendered:
        render(source, context, staged / destination)
    for source, destination in target.shared:
        copy_shared(source, staged / destination, spec.task)
    model = staged / target.model_dir
    model.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(spec.pte, model / "model.pte")
    shutil.copyfile(spec.metadata, model / "metadata.yaml")
    vectors = vector_files.read(ingredients.vectors, _NO_VECTORS)
    if vectors.index["model_sha256"] != spec.sha256:
        raise InputError(
            f"the golden vectors in {ingredients.vectors} were made for another model", _NO_VECTORS
        )
    write_vectors(target, vectors, staged)
    target.draw(options, staged)
    base_files.write(staged, _mergeable(target, manifest.relative_files(staged)))
    names = manifest.relative_files(staged)
    manifest.write(
        Manifest(
            target=target.name,
            options=recorded,
            checkpoint=_reference(ingredients.checkpoint, final),
            files=manifest.digests(staged, names),
        ),
        staged,
    )
    return Project(final, target.name, tuple(sorted([*names, manifest.NAME])))


def _mergeable(target: Blueprint, names: Iterable[str]) -> list[str]:
    """Return the files whose content is kept beside their digest: not the model's nor the vectors' own."""
    sample = (target.vector_sample.folder,) if target.vector_sample else ()
    indexes = {f"{folder}/{vector_files.INDEX}" for folder in (target.vectors_dir, *sample)}
    return [name for name in names if not name.endswith((".bin", ".pte")) and name not in indexes]


def write_vectors(target: Blueprint, vectors: VectorFiles, project: Path) -> None:
    """Write golden vectors where a project has them: all, and the small part that its app carries, if any."""
    vector_files.write(project / target.vectors_dir, vectors.text, vectors.entries)
    if target.vector_sample is not None:
        sample = target.vector_sample
        write_sample(vectors, project / sample.folder, sample.deflated_bytes)


def _reference(checkpoint: Path | None, project: Path) -> dict[str, str]:
    """Return how `verify` finds the checkpoint again: from the project, so that both can move together."""
    if checkpoint is None:
        return {}
    try:
        path = os.path.relpath(checkpoint.resolve(), project.resolve())
    except ValueError:  # another drive on Windows
        path = str(checkpoint.resolve())
    return {"path": Path(path).as_posix(), "sha256": manifest.sha256(checkpoint)}
