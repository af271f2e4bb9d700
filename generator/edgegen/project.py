"""Making a project: model, vectors and rendered sources, aside first, then in place."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgegen import manifest
from edgegen.context import Options, shared_context
from edgegen.manifest import Manifest
from edgegen.model_spec import ModelSpec
from edgegen.render import copy_shared, render
from edgegen.targets import Target


@dataclass(frozen=True)
class Project:
    """A project that stands on disk."""

    path: Path
    target: str
    files: tuple[str, ...]  # relative POSIX paths, sorted


@dataclass(frozen=True)
class Ingredients:
    """What goes into a project beside the templates."""

    spec: ModelSpec
    options: Options
    vectors: Path  # a folder of golden vectors made from this very model
    recorded: Mapping[str, Any]  # the options as given, for `.edgegen.yml`
    checkpoint: Path | None = None  # what the model was exported from, when it was


def build(target: Target, ingredients: Ingredients, staged: Path, final: Path) -> Project:
    """Write the whole project into the staged folder. `final` is where it will stand.

    Raises:
        RenderError: A template is broken.
        OSError: It could not be written; the caller names the folder.
    """
    spec, options = ingredients.spec, ingredients.options
    context = {**shared_context(spec, options), **target.context(spec, options)}
    render(target.template, context, staged)
    for source, destination in target.shared:
        copy_shared(source, staged / destination)
    model = staged / target.model_dir
    model.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(spec.pte, model / "model.pte")
    shutil.copyfile(spec.metadata, model / "metadata.yaml")
    shutil.copytree(ingredients.vectors, staged / target.vectors_dir, dirs_exist_ok=True)
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


def _reference(checkpoint: Path | None, project: Path) -> dict[str, str]:
    """Return how `verify` finds the checkpoint again: from the project, so that both can move together."""
    if checkpoint is None:
        return {}
    try:
        path = os.path.relpath(checkpoint.resolve(), project.resolve())
    except ValueError:  # another drive on Windows
        path = str(checkpoint.resolve())
    return {"path": Path(path).as_posix(), "sha256": manifest.sha256(checkpoint)}
