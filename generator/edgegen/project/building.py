"""Making a project: model, vectors and rendered sources, aside first, then in place."""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from edgegen.base.errors import InputError
from edgegen.model.spec import ModelSpec
from edgegen.parity.vector_sample import write_sample
from edgegen.project import manifest
from edgegen.project.blueprint import Blueprint
from edgegen.project.context import Options, command_again, shared_context
from edgegen.project.edits import Edits
from edgegen.project.manifest import Manifest
from edgegen.project.render import copy_shared, render

VECTORS_INDEX: Final = "index.json"


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
    templates = [target.template, *([target.ci[options.ci]] if options.ci in target.ci else [])]
    for template in templates:
        render(template, context, staged, target.segments(options))
    for source, destination in target.rendered:
        render(source, context, staged / destination)
    for source, destination in target.shared:
        copy_shared(source, staged / destination)
    model = staged / target.model_dir
    model.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(spec.pte, model / "model.pte")
    shutil.copyfile(spec.metadata, model / "metadata.yaml")
    _copy_vectors(ingredients.vectors, staged / target.vectors_dir, spec.sha256)
    if target.vector_sample is not None:
        sample = target.vector_sample
        write_sample(staged / target.vectors_dir, staged / sample.folder, sample.deflated_bytes)
    target.draw(options, staged)
    names = manifest.relative_files(staged)
    manifest.write(
        Manifest(
            target=target.name,
            options=ingredients.recorded,
            checkpoint=_reference(ingredients.checkpoint, final),
            files=manifest.digests(staged, names),
        ),
        staged,
    )
    return Project(final, target.name, tuple(sorted([*names, manifest.NAME])))


def _copy_vectors(source: Path, destination: Path, model_sha256: str) -> None:
    """Copy the golden vectors: the index and the files that it names, whatever else lies there."""
    hint = "export the model again, or remove that folder: the .pte itself then has to do"
    try:
        text = (source / VECTORS_INDEX).read_bytes()
        index = json.loads(text)
        made_for, names = index["model_sha256"], [picture["file"] for picture in index["pictures"]]
        contents = {name: (source / _plain(name)).read_bytes() for name in names}
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        why = f"{type(error).__name__}: {error}"
        raise InputError(f"the golden vectors in {source} cannot be read: {why}", hint) from error
    if made_for != model_sha256:
        raise InputError(f"the golden vectors in {source} were made for another model", hint)
    destination.mkdir(parents=True, exist_ok=True)
    for name, content in {VECTORS_INDEX: text, **contents}.items():
        (destination / name).write_bytes(content)


def _plain(name: str) -> str:
    """Return a file's name, or raise ValueError where it leads elsewhere: vectors may come from anywhere."""
    if name in {"", ".", ".."} or "/" in name or "\\" in name or ":" in name:
        raise ValueError(f"{name!r} is no plain file name")
    return name


def _reference(checkpoint: Path | None, project: Path) -> dict[str, str]:
    """Return how `verify` finds the checkpoint again: from the project, so that both can move together."""
    if checkpoint is None:
        return {}
    try:
        path = os.path.relpath(checkpoint.resolve(), project.resolve())
    except ValueError:  # another drive on Windows
        path = str(checkpoint.resolve())
    return {"path": Path(path).as_posix(), "sha256": manifest.sha256(checkpoint)}
