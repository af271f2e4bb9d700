"""Making a project: model, vectors and rendered sources, aside first, then in place."""

import hashlib
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from edgegen.artifacts import metadata, vector_files
from edgegen.artifacts.vector_files import VectorFiles
from edgegen.base.errors import InputError
from edgegen.model.spec import ModelSpec
from edgegen.parity.vector_sample import write_sample
from edgegen.project import base_files, manifest
from edgegen.project.blueprint import Blueprint, Several
from edgegen.project.context import Options, command_again, shared_context
from edgegen.project.edits import Edits
from edgegen.project.manifest import Manifest
from edgegen.project.models import RECORDED
from edgegen.project.render import copy_shared, fill_in_line_counts, render

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
    called: tuple[str, str] = ("", "")  # the model's name and key, of several
    recorded_checkpoint: Mapping[str, str] | None = None  # how `.edgegen.yml` has it, where that is known
    more: tuple["Ingredients", ...] = ()  # those of the models that the app can switch to

    @property
    def all(self) -> tuple["Ingredients", ...]:
        """Those of every model, the first first."""
        return (self, *self.more)


def build(target: Blueprint, ingredients: Ingredients, staged: Path, final: Path) -> Project:
    """Write the whole project into the staged folder. `final` is where it will stand.

    Raises:
        RenderError: A template is broken.
        InputError: The vectors are damaged, or not of this model.
        OSError: It could not be written; the caller names the folder.
    """
    spec, options = ingredients.spec, ingredients.options
    again = command_again(target.name, target.takes, options, ingredients.recorded)
    context = {
        **shared_context(spec, options),
        **target.context(spec, options),
        "again": again,
        "models": _models(ingredients),
    }
    recorded = as_kept(ingredients.recorded, final)
    app = target.apps.get(options.app)
    if target.write is not None:
        recorded |= target.write(spec, options, staged)
    else:
        templates = [
            target.template,
            *([app.template] if app else []),
            *([target.ci[options.ci]] if options.ci in target.ci else []),
        ]
        for template in templates:
            render(template, context, staged, target.segments(options), spec.task)
    for source, destination in target.rendered:
        render(source, context, staged / destination)
    for source, destination in (*target.shared, *(app.shared if app else ())):
        copy_shared(source, staged / destination, spec.task)
    if ingredients.more and target.several:
        _add_several(target, target.several, ingredients, context, staged)
    for number, each in enumerate(ingredients.all):
        _add_model(target, each, staged, each.called[1] if number else "")
    target.draw(options, staged)
    if app:
        fill_in_line_counts(staged / "README.md")
    base_files.write(staged, _mergeable(target, manifest.relative_files(staged)))
    names = manifest.relative_files(staged)
    manifest.write(
        Manifest(
            target=target.name,
            options={**recorded, **_listed(ingredients, final)},
            checkpoint=_recorded_checkpoint(ingredients, final),
            files=manifest.digests(staged, names),
        ),
        staged,
    )
    return Project(final, target.name, tuple(sorted([*names, manifest.NAME])))


def _mergeable(target: Blueprint, names: Iterable[str]) -> list[str]:
    """Return the files whose content is kept beside their digest: not the model's nor the vectors' own."""
    sample = (target.vector_sample.folder,) if target.vector_sample else ()
    folders = tuple(f"{folder}/" for folder in (target.vectors_dir, *sample))

    def is_index(name: str) -> bool:
        return name.startswith(folders) and name.endswith(f"/{vector_files.INDEX}")

    return [name for name in names if not name.endswith((".bin", ".pte")) and not is_index(name)]


def write_vectors(target: Blueprint, vectors: VectorFiles, project: Path, folder: str = "") -> None:
    """Write golden vectors where a project has them: all, and the small part that its app carries, if any.

    `folder` is the one of another model than the first, below both.
    """
    vector_files.write(project / target.vectors_dir / folder, vectors.text, vectors.entries)
    if target.vector_sample is not None:
        sample = target.vector_sample
        write_sample(vectors, project / sample.folder / folder, sample.deflated_bytes)


def _add_model(target: Blueprint, ingredients: Ingredients, staged: Path, folder: str) -> None:
    """Add a model, its metadata and its vectors."""
    spec = ingredients.spec
    model = staged / target.model_dir / folder
    model.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(spec.pte, model / "model.pte")
    (model / "metadata.yaml").write_bytes(metadata.project_metadata(spec.metadata))
    vectors = vector_files.read(ingredients.vectors, _NO_VECTORS)
    if vectors.index["model_sha256"] != spec.sha256:
        raise InputError(
            f"the golden vectors in {ingredients.vectors} were made for another model", _NO_VECTORS
        )
    write_vectors(target, vectors, staged, folder)


def model_digests(pte: Path, described: Path) -> tuple[str, str]:
    """Return the digests of a model and its metadata.yaml as a project has them; "" if one cannot be read."""
    try:
        content = metadata.project_metadata(described)
    except OSError:
        return manifest.sha256(pte), ""
    return manifest.sha256(pte), hashlib.sha256(content).hexdigest()


def _add_several(
    target: Blueprint, several: Several, ingredients: Ingredients, context: Mapping[str, Any], staged: Path
) -> None:
    """Render what an app has to switch between models, and the numbers of those after the first."""
    if several.template:
        render(several.template, context, staged, target.segments(ingredients.options), ingredients.spec.task)
    for source, destination in several.rendered:
        render(source, context, staged / destination)
    for each in ingredients.more:
        own = replace(each.options, slug=f"{ingredients.options.slug}_{each.called[1]}")
        further = {**context, **shared_context(each.spec, own), **target.context(each.spec, own)}
        further |= {"models": context["models"], "key": each.called[1]}
        for source, destination in several.each:
            render(source, further, staged / destination.format(key=each.called[1]))


def _models(ingredients: Ingredients) -> list[dict[str, Any]]:
    """Return what templates know of the models of several; nothing of only one."""
    return [
        {
            "name": each.called[0],
            "key": each.called[1],
            "folder": each.called[1] if number else "",
            "spec": each.spec,
            "keep_classes": each.options.keep_classes,
        }
        for number, each in enumerate(ingredients.all if ingredients.more else ())
    ]


def _listed(ingredients: Ingredients, final: Path) -> dict[str, Any]:
    """Return what `.edgegen.yml` says of several models; nothing of only one."""
    if not ingredients.more:
        return {}
    listed = []
    for number, each in enumerate(ingredients.all):
        name, key = each.called
        entry: dict[str, Any] = {"name": name, "key": key, "model": each.recorded["model"]}
        checkpoint = _recorded_checkpoint(each, final) if number else {}
        listed.append({**entry, "checkpoint": dict(checkpoint)} if checkpoint else entry)
    return {RECORDED: listed}


def _recorded_checkpoint(ingredients: Ingredients, final: Path) -> Mapping[str, str]:
    if ingredients.recorded_checkpoint is not None:
        return ingredients.recorded_checkpoint
    return _reference(ingredients.checkpoint, final)


def _reference(checkpoint: Path | None, project: Path) -> dict[str, str]:
    """Return how `verify` finds the checkpoint again."""
    if checkpoint is None:
        return {}
    return {"path": _as_seen_from(project, checkpoint), "sha256": manifest.sha256(checkpoint)}


def as_kept(recorded: Mapping[str, Any], project: Path) -> dict[str, Any]:
    """Return options as a project's manifest has them: where photos lie is told from there."""
    kept = dict(recorded)
    if "calibration" in kept:
        kept["calibration"] = _as_seen_from(project, Path(kept["calibration"]))
    return kept


def _as_seen_from(project: Path, path: Path) -> str:
    """Return how a project's manifest names what lies beside it, so that both can move together."""
    try:
        seen = os.path.relpath(path.resolve(), project.resolve())
    except ValueError:  # another drive on Windows
        seen = str(path.resolve())
    return Path(seen).as_posix()
