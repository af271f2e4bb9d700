"""What goes into projects: the options, held against the model, and the model, exported or as it is."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from edgegen import targets, tasks
from edgegen.base import naming
from edgegen.base.errors import UsageError
from edgegen.base.progress import Progress
from edgegen.commands.request import ExportRequest, Request
from edgegen.model.class_selection import resolve_classes
from edgegen.model.int8 import LEAST_CONFIDENCE
from edgegen.model.precision import FLOAT32, INT8
from edgegen.model.skeleton import resolve_skeleton
from edgegen.model.spec import ModelSpec
from edgegen.project.building import Ingredients
from edgegen.project.context import Options
from edgegen.project.option_table import BY_FIELD, BY_TARGET, FP32, IOU, OPTIONS, USUAL_APP
from edgegen.sources.exported import ExportedSource
from edgegen.targets import Target

if TYPE_CHECKING:
    from edgegen.model.facts import Facts
    from edgegen.sources.source import ModelSource, OpenableSource


@dataclass(frozen=True)
class Ready:
    """A model that is ready to go into projects."""

    spec: ModelSpec
    vectors: Path
    checkpoint: Path | None


def options_of(request: Request, chosen: list[Target], default_name: str) -> Options:
    """Return what the projects are called and begin with, checked as far as no model is needed for it."""
    name = naming.check_display_name(default_name if request.name is None else request.name)
    slug = naming.slug(name)
    return Options(
        name,
        slug,
        request.confidence,
        request.iou,
        request.max_det,
        package=_package(request, chosen, slug),
        bundle_id=_bundle_id(request, chosen, slug),
        ci=request.ci or "",
        app=_app(request, chosen),
    )


def fit_to_facts(request: Request, chosen: list[Target], facts: "Facts") -> None:
    """Refuse options that a checkpoint has no use for, before it is exported."""
    targets.check_task(facts.task, chosen)
    _check_choices(request, facts.task)
    head = request.head or tasks.find(facts.task).usual_head(facts.branches)
    _check_overlap(request, has_nms=head != "end2end")
    resolve_classes(facts.class_names, request.classes)
    resolve_skeleton(facts.extras.kpt_shape[0], request.skeleton, facts.extras.kpt_names)


def ingredients_of(model: Ready, request: Request, chosen: list[Target], options: Options) -> Ingredients:
    """Return what the projects are made of; UsageError where the options do not fit the model."""
    targets.check_task(model.spec.task, chosen)
    targets.check_borders(model.spec, chosen)
    _check_choices(request, model.spec.task)
    _check_overlap(request, has_nms=model.spec.output.needs_nms)
    _check_confidence(request, model.spec)
    kept = resolve_classes(model.spec.class_names, request.classes)
    told = model.spec.output.extras
    limbs = resolve_skeleton(told.kpt_shape[0], request.skeleton, told.kpt_names)
    options = replace(options, keep_classes=kept, skeleton=limbs)
    return Ingredients(model.spec, options, model.vectors, request.recorded_of(options), model.checkpoint)


def not_taken_in(
    target: Target, name: str, project: Path, staged: Path, typed: Mapping[str, Any]
) -> Iterator[str]:
    """Yield what was typed that does not come into a file of a project, since that is its owner's by now."""
    read = target.users_files[name]
    held, written = read(project), read(staged)
    for option, value in written.items():
        if typed.get(option) is not None and held.get(option) != value:
            spelled, says = option.replace("_", "-"), held.get(option) or "nothing"
            yield (
                f"--{spelled} {typed[option]} does not come into {project / name}, which says {says}: "
                "change it there"
            )


def check_taken(request: Request, chosen: list[Target]) -> None:
    """Refuse an option that none of the chosen targets has a use for."""
    for option in BY_TARGET:
        value = getattr(request, option)
        if value is not None and not any(option in target.options for target in chosen):
            takers = [target.name for target in targets.find_all([targets.ALL]) if option in target.options]
            names = " and ".join(target.name for target in chosen)
            # A template leaves no room for a target.
            or_else = "" if chosen[0].is_custom else f", or add --target {' or '.join(takers)}"
            raise UsageError(f"{BY_FIELD[option].spelled} means nothing to {names}", f"leave it out{or_else}")
    services = sorted({service for target in chosen for service in target.ci})
    if request.ci is not None and request.ci not in services:
        raise UsageError(f"there is no --ci {request.ci!r}", f"there is: {', '.join(services)}")


def _check_choices(request: Request, name: str) -> None:
    """Refuse what the apps of a task cannot be asked for, where it is not what is usual anyway."""
    choices = set(tasks.find(name).choices)
    for option in OPTIONS:
        is_given = bool(option.texts(getattr(request, option.field)))
        if option.by_task and is_given and not choices.intersection(option.by_task):
            raise UsageError(
                f"{option.spelled} means nothing to a model for the task `{name}`", "leave it out"
            )


def _check_overlap(request: Request, has_nms: bool) -> None:
    """Refuse `--iou` where nothing that overlaps is left out; other tasks are refused before."""
    if request.iou != IOU and not has_nms:
        raise UsageError("--iou means nothing to a model that shows its boxes without NMS", "leave it out")


def _check_confidence(request: Request, spec: ModelSpec) -> None:
    """Refuse a threshold below what scores of int8 reach: all that there is would pass."""
    if spec.precision == INT8.name and request.confidence < LEAST_CONFIDENCE:
        raise UsageError(
            f"--conf is {request.confidence:g}, and scores in int8 begin at {LEAST_CONFIDENCE:g}",
            "take a higher one",
        )


def _package(request: Request, chosen: list[Target], slug: str) -> str:
    if not any("package" in target.options for target in chosen):
        return ""
    return naming.check_package(naming.default_package(slug) if request.package is None else request.package)


def _bundle_id(request: Request, chosen: list[Target], slug: str) -> str:
    if not any("bundle_id" in target.options for target in chosen):
        return ""
    given = request.bundle_id
    return naming.check_bundle_id(naming.default_bundle_id(slug) if given is None else given)


def _app(request: Request, chosen: list[Target]) -> str:
    """Return which app is rendered: "" for a custom template, which has none of ours."""
    wanted = request.app or USUAL_APP
    for target in chosen:
        if target.apps and wanted not in target.apps:
            raise UsageError(
                f"there is no --app {wanted!r} for {target.name}", f"there is: {', '.join(target.apps)}"
            )
    return wanted if any(target.apps for target in chosen) else ""


def model_name(source: "ModelSource") -> str:
    """Return what the model is called: as its export recorded it, or after its path."""
    if isinstance(source, ExportedSource):
        from edgegen.artifacts.metadata_reader import recorded_name

        recorded = recorded_name(source.metadata)
        if recorded:
            return recorded
    return naming.model_name(source.name_path)


def ready_model(
    source: "ModelSource",
    request: ExportRequest,
    folder: Path,
    progress: Progress,
    *,
    check: "Callable[[Facts], object] | None" = None,
    fetch: bool = True,
) -> Ready:
    """Export a checkpoint into the folder, or take what is exported already."""
    from edgegen.artifacts.model_reader import load_model_spec

    if isinstance(source, ExportedSource):
        _refuse_export_options(request)
        progress.step("Read the model")
        spec = load_model_spec(source.pte, source.metadata)
        if request.precision == FP32 and spec.precision != FLOAT32.name:
            raise UsageError(
                f"--precision is {FP32}, and {request.model} is exported in {spec.precision} already",
                "leave it out, or give the checkpoint",
            )
        return Ready(spec, source.vectors or reference_vectors(spec, folder, progress), source.checkpoint)
    from edgegen.export.exporting import export_checkpoint

    model = cast("OpenableSource", source)
    path = model.file(progress, fetch=fetch)
    export_checkpoint(
        path,
        folder,
        imgsz=request.imgsz,
        head=request.head,
        images=request.images,
        int8=request.int8(),
        check=check,
        opener=model.open,
        progress=progress,
    )
    spec = load_model_spec(folder / "model.pte", folder / "metadata.yaml")
    return Ready(spec, folder / "vectors", path)


def reference_vectors(spec: ModelSpec, folder: Path, progress: Progress) -> Path:
    """Make golden vectors of drawn pictures, for a model that has none, and return their folder."""
    from edgegen.parity.vectors import make_vectors

    progress.step("Make golden vectors")
    folder.mkdir(parents=True, exist_ok=True)
    make_vectors(folder / "vectors", spec)
    return folder / "vectors"


def _refuse_export_options(request: ExportRequest) -> None:
    wrong = [BY_FIELD[name].spelled for name in ("imgsz", "head", "images") if getattr(request, name)]
    wrong += ["--precision"] if request.precision == INT8.name else []
    if wrong:
        raise UsageError(
            f"{', '.join(wrong)} is for checkpoints, and {request.model} is exported already",
            "leave it out, or give the checkpoint",
        )
