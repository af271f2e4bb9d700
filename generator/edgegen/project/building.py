"""Write a complete project: model, golden vectors, rendered sources, manifest."""

import hashlib
import shutil
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from edgegen.artifacts import metadata, vector_files
from edgegen.artifacts.vector_files import VectorFiles
from edgegen.base.errors import InputError
from edgegen.base.model_files import METADATA_NAME, ONNX_SUFFIX, PTE_NAME, PTE_SUFFIX
from edgegen.model.spec import ModelSpec
from edgegen.parity.goldens import write_sample
from edgegen.project import base_files, checkpoint_places, manifest
from edgegen.project.blueprint import Blueprint, MultiModel, options_of
from edgegen.project.context import Options, command_again, shared_context
from edgegen.project.manifest import Manifest
from edgegen.project.models import RECORDED
from edgegen.project.option_table import PATHS
from edgegen.project.placing import Edits
from edgegen.project.render import fill_in_line_counts, render

_NO_VECTORS: Final = "export the model again, or remove that folder: the .pte is then the authority"


@dataclass(frozen=True)
class BuiltProject:
    """A project on disk."""

    path: Path
    target: str
    files: tuple[str, ...]  # relative POSIX paths, sorted
    edits: Edits = field(default_factory=Edits)  # of the project that was there before


@dataclass(frozen=True)
class BuildInput:
    """A model and the options of its app: the input of a project besides the templates."""

    spec: ModelSpec
    options: Options
    vectors: Path  # the folder of the model's golden vectors
    recorded: Mapping[str, Any]  # the options as `.edgegen.yml` records them
    checkpoint: Path | None = None  # the origin of the export, if known
    key: str = ""  # of one of several models: its name in commands and paths
    folder: str = ""  # of a model after the first: its folder below the first one's
    recorded_checkpoint: Mapping[str, str] | None = None  # of `.edgegen.yml`, if `checkpoint` is unknown
    extra_models: tuple["BuildInput", ...] = ()  # the other models of the app

    @property
    def all(self) -> tuple["BuildInput", ...]:
        """Those of every model, the first one first."""
        return (self, *self.extra_models)


def build(target: Blueprint, build_input: BuildInput, staged: Path, final: Path) -> BuiltProject:
    """Write the whole project into the staged folder. `final` will be its path.

    Raises:
        RenderError: A template is broken.
        InputError: The vectors are damaged, or of another model.
        OSError: A file cannot be written.
    """
    build_input = _for_target(build_input, target)
    recorded = _write_sources(target, build_input, staged, final)
    for each in build_input.all:
        _add_model(target, each, staged)
    target.add_libraries(build_input.spec, staged, final)
    target.draw(build_input.options, staged)
    if build_input.options.app in target.apps:
        fill_in_line_counts(staged / "README.md")
    base_files.write(staged, _mergeable(target, manifest.relative_files(staged)))
    names = manifest.relative_files(staged)
    checkpoints = [_checkpoint_record(each, final) for each in build_input.all]
    manifest.write(
        Manifest(
            target=target.name,
            options={
                **recorded,
                "model": _argument(build_input, checkpoints[0], final),
                **_recorded_models(build_input, checkpoints, final),
            },
            checkpoint=checkpoints[0],
            files=manifest.digests(staged, names),
        ),
        staged,
    )
    return BuiltProject(final, target.name, tuple(sorted([*names, manifest.NAME])))


def _write_sources(target: Blueprint, build_input: BuildInput, staged: Path, final: Path) -> dict[str, Any]:
    """Render and copy the templates. Return the options to record."""
    spec, options = build_input.spec, build_input.options
    # The models of an app have the same task. They may have different contracts and resizes.
    specs = [each.spec for each in build_input.all]
    kind = (spec.task, {each.output.contract for each in specs}, {each.input.resize for each in specs})
    recorded = options_of([target], options_record(build_input.recorded, final))
    if target.apps and "app" in recorded:
        recorded["app"] = options.app
    context = {
        **shared_context(spec, options),
        **target.context(spec, options),
        "again": command_again(target.name, options, recorded),
        "models": _models(build_input),
    }
    app = target.apps.get(options.app)
    if target.write is not None:
        recorded |= target.write(spec, options, staged)
        template = recorded["template"]
        recorded["template"] = {**template, "source": checkpoint_places.shareable(template["source"], final)}
    else:
        can_select = any(each.backend not in target.required_backends for each in spec.extra_programs)
        selection = target.selection_template if can_select else ""
        templates = [target.template, app.template if app else "", selection, target.ci.get(options.ci, "")]
        for template in filter(None, templates):
            render(template, context, staged, target.segments(options), *kind)
    for source, destination in (*target.rendered, *(app.rendered if app else ())):
        render(source, context, staged / destination, None, *kind)
    if build_input.extra_models and target.multi_model:
        _add_several(target, target.multi_model, build_input, context, staged)
    return recorded


def _for_target(build_input: BuildInput, target: Blueprint) -> BuildInput:
    """Return the input with the programs that the target's app can use, and with an app that it has.

    An app with several models uses the first program of each.
    """
    backends = () if build_input.extra_models else target.backends
    extra = tuple(replace(each, spec=each.spec.with_backends(backends)) for each in build_input.extra_models)
    options = replace(build_input.options, app=target.app_for(build_input.options.app))
    spec = build_input.spec.with_backends(backends)
    return replace(build_input, spec=spec, options=options, extra_models=extra)


def _mergeable(target: Blueprint, names: Iterable[str]) -> list[str]:
    """Return the files that an update can merge: not those of the models, vectors and libraries."""
    sample = (target.vector_sample.folder,) if target.vector_sample else ()
    folders = tuple(f"{folder}/" for folder in (target.vectors_dir, *sample))
    libraries = tuple(f"{folder}/" for folder in target.libraries)
    models = (".bin", PTE_SUFFIX, ONNX_SUFFIX)

    def is_index(name: str) -> bool:
        return name.startswith(folders) and name.endswith(f"/{vector_files.INDEX}")

    own = (name for name in names if not name.startswith(libraries) and not name.endswith(models))
    return [name for name in own if not is_index(name)]


def write_vectors(target: Blueprint, vectors: VectorFiles, project: Path, folder: str = "") -> None:
    """Write a model's golden vectors into a project, and the sample that its app contains, if any.

    `folder` is that of a model after the first.
    """
    vector_files.write(project / target.vectors_dir / folder, vectors.text, vectors.entries)
    if target.vector_sample is not None:
        sample = target.vector_sample
        write_sample(vectors, project / sample.folder / folder, sample.deflated_bytes)


def _add_model(target: Blueprint, build_input: BuildInput, staged: Path) -> None:
    """Add a model, its metadata and its vectors."""
    spec = build_input.spec
    model = staged / target.model_dir / build_input.folder
    model.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(spec.pte, model / PTE_NAME)
    for program in spec.extra_programs:
        shutil.copyfile(spec.path_of(program), model / program.file)
    backends = {program.backend for program in spec.extra_programs}
    (model / METADATA_NAME).write_bytes(metadata.project_metadata(spec.metadata, backends))
    vectors = vector_files.read(build_input.vectors, _NO_VECTORS)
    if vectors.index["model_sha256"] != spec.sha256:
        raise InputError(
            f"the golden vectors in {build_input.vectors} were made for another model", _NO_VECTORS
        )
    write_vectors(target, vectors, staged, build_input.folder)


def model_digests(pte: Path, described: Path, backends: Collection[str] = ()) -> tuple[str, str]:
    """Return the digests of a model and its metadata.yaml in a project; "" for one that cannot be read.

    backends: those of the target.
    """
    try:
        content = metadata.project_metadata(described, backends)
    except OSError:
        return manifest.sha256(pte), ""
    return manifest.sha256(pte), hashlib.sha256(content).hexdigest()


def _add_several(
    target: Blueprint, several: MultiModel, build_input: BuildInput, context: Mapping[str, Any], staged: Path
) -> None:
    """Render the code that switches between models, and the constants of the models after the first."""
    if several.template:
        render(several.template, context, staged, target.segments(build_input.options), build_input.spec.task)
    for source, destination in several.rendered:
        render(source, context, staged / destination)
    for each in build_input.extra_models:
        options = replace(each.options, slug=f"{build_input.options.slug}_{each.key}")
        own = {**context, **shared_context(each.spec, options), **target.context(each.spec, options)}
        own |= {"models": context["models"], "key": each.key}
        for source, destination in several.each:
            render(source, own, staged / destination.format(key=each.key))


def _models(build_input: BuildInput) -> list[dict[str, Any]]:
    """Return the templates' values of several models; empty for a single one."""
    return [
        {
            "name": each.spec.name,
            "key": each.key,
            "folder": each.folder,
            "spec": each.spec,
            "keep_classes": each.options.keep_classes,
        }
        for each in (build_input.all if build_input.extra_models else ())
    ]


def _recorded_models(
    build_input: BuildInput, checkpoints: Sequence[Mapping[str, str]], final: Path
) -> dict[str, Any]:
    """Return the record of several models in `.edgegen.yml`; empty for a single one."""
    if not build_input.extra_models:
        return {}
    listed = []
    for each, checkpoint in zip(build_input.all, checkpoints, strict=True):
        entry: dict[str, Any] = {
            "name": each.spec.name,
            "key": each.key,
            "model": _argument(each, checkpoint, final),
        }
        if each.folder and checkpoint:
            entry["checkpoint"] = dict(checkpoint)
        listed.append(entry)
    return {RECORDED: listed}


def _checkpoint_record(build_input: BuildInput, final: Path) -> Mapping[str, str]:
    """Return the path and digest of the checkpoint, which `verify` looks for."""
    if build_input.recorded_checkpoint is not None:
        return build_input.recorded_checkpoint
    if build_input.checkpoint is None:
        return {}
    digest = manifest.checkpoint_sha256(build_input.checkpoint)
    return checkpoint_places.record(build_input.checkpoint, digest, final)


def _argument(build_input: BuildInput, checkpoint: Mapping[str, str], final: Path) -> str:
    """Return the MODEL argument to record. Of a checkpoint, it is the path that is recorded too."""
    model = str(build_input.recorded["model"])
    public = _shareable_argument(model, final)
    return public if public == model else checkpoint.get("path", public)


def _shareable_argument(model: str, project: Path) -> str:
    """Return a MODEL argument without a personal path. A path below the current folder is not one.

    A relative path that is not found was recorded by an earlier edgegen, and stays.
    """
    with suppress(OSError, RuntimeError, ValueError):  # a recorded model may be anything
        path = Path(model).expanduser()
        is_below = ".." not in path.parts and Path.cwd() not in Path.home().resolve().parents
        if path.is_absolute() or (not is_below and path.exists()):
            return checkpoint_places.shareable(str(path), project)
    return model


def options_record(recorded: Mapping[str, Any], project: Path) -> dict[str, Any]:
    """Return options for a project's manifest, without the user's other folders."""
    paths = {
        name: checkpoint_places.shareable(str(recorded[name]), project) for name in PATHS if name in recorded
    }
    return {**recorded, "model": _shareable_argument(str(recorded["model"]), project), **paths}
