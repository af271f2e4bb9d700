"""`new` and `export` from beginning to end: check, export, make aside, move into place."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from edgegen import targets, tasks
from edgegen.base import naming
from edgegen.base.errors import InputError, UsageError
from edgegen.base.progress import Progress
from edgegen.base.staging import staging, writing_to
from edgegen.commands.request import ExportRequest, Request
from edgegen.model.class_selection import resolve_classes
from edgegen.model.int8 import LEAST_CONFIDENCE
from edgegen.model.precision import INT8
from edgegen.model.skeleton import resolve_skeleton
from edgegen.model.spec import ModelSpec
from edgegen.project import manifest
from edgegen.project.building import Ingredients, Project, build
from edgegen.project.context import CONFIDENCE, IOU, MAX_DET, Options
from edgegen.project.manifest import Manifest
from edgegen.project.placing import check_destination, foreseen, together
from edgegen.sources.exported import ExportedSource
from edgegen.sources.identify import identify
from edgegen.targets import Target

if TYPE_CHECKING:
    from edgegen.model.facts import Facts
    from edgegen.sources.source import Found, FoundModel

EXPORT: Final = "export"  # what `.edgegen.yml` calls a folder that `edgegen export` made


@dataclass(frozen=True)
class _Model:
    """A model that is ready to go into projects."""

    spec: ModelSpec
    vectors: Path
    checkpoint: Path | None


def create(request: Request, progress: Progress) -> list[Project]:
    """Make the projects that were asked for: all of them, or none.

    Raises:
        EdgegenError: As each step says; the folders are then as they were.
    """
    chosen = targets.find_all(request.targets)
    _check_taken(request, chosen)
    request.int8()
    source = identify(request.model, request.metadata)
    default_name = _model_name(source)
    name = naming.check_display_name(default_name if request.name is None else request.name)
    slug = naming.slug(name)
    options = Options(
        name,
        slug,
        request.confidence,
        request.iou,
        request.max_det,
        package=_package(request, chosen, slug),
        bundle_id=_bundle_id(request, chosen, slug),
        ci=request.ci or "",
    )
    folders = _folders(request, chosen, default_name)
    for folder in folders.values():
        _check_apart(folder, source)
    for target in chosen:
        check_destination(
            folders[target.name], target.name, force=request.force, users_files=target.users_files
        )

    def check(facts: "Facts") -> None:
        targets.check_task(facts.task, chosen)
        _check_choices(request, facts.task)
        _check_overlap(request, has_nms=request.head != "end2end")
        resolve_classes(facts.class_names, request.classes)
        resolve_skeleton(facts.extras.kpt_shape[0], request.skeleton, facts.extras.kpt_names)

    with _workspace(request, next(iter(folders.values()))) as workspace:
        model = _ready_model(
            source,
            request,
            workspace / "export",
            progress,
            check=check,
            fetch=not request.pretend,
        )
        targets.check_task(model.spec.task, chosen)
        _check_choices(request, model.spec.task)
        _check_overlap(request, has_nms=model.spec.output.needs_nms)
        _check_confidence(request, model.spec)
        kept = resolve_classes(model.spec.class_names, request.classes)
        told = model.spec.output.extras
        limbs = resolve_skeleton(told.kpt_shape[0], request.skeleton, told.kpt_names)
        options = replace(options, keep_classes=kept, skeleton=limbs)
        ingredients = Ingredients(
            model.spec, options, model.vectors, request.recorded(options), model.checkpoint
        )
        made = []
        for target in chosen:
            progress.step(f"Write the {target.name} project")
            staged = workspace / target.name
            staged.mkdir()
            made.append((target, staged, build(target, ingredients, staged, folders[target.name])))
        with together() as placement:
            move = foreseen if request.pretend else placement.place
            projects = [
                replace(
                    project,
                    edits=move(
                        staged, project.path, target.name, force=request.force, users_files=target.users_files
                    ),
                )
                for target, staged, project in made
            ]
        for (target, staged, _), project in zip(made, projects, strict=True):
            _say_of_edits(request, target, staged, project, progress)
        return projects


def export_only(request: ExportRequest, progress: Progress) -> tuple[Path, list[str]]:
    """Export a checkpoint and return the folder and the files in it."""
    request.int8()
    source = identify(request.model, request.metadata)
    if isinstance(source, ExportedSource):
        raise UsageError(f"{request.model} is exported already", "make a project from it: edgegen new")
    folder = request.output or Path(naming.project_folder(naming.model_name(source.name_path), "exported"))
    check_destination(folder, EXPORT, force=request.force)
    with staging(folder) as workspace:
        staged = workspace / "export"
        model = _ready_model(source, request, staged, progress)
        names = manifest.relative_files(staged)
        files = sorted([*names, manifest.NAME])
        record = {"model": request.model, "head": request.head, "imgsz": list(request.imgsz or ()) or None}
        record |= request.recorded_int8()
        checkpoint = {"sha256": manifest.sha256(model.checkpoint)} if model.checkpoint else {}
        manifest.write(Manifest(EXPORT, record, checkpoint, manifest.digests(staged, names)), staged)
        with together() as placement:
            edits = placement.place(staged, folder, EXPORT, force=request.force)
        for line in edits.said(folder):
            progress.note(line)
    return folder, files


def _check_taken(request: Request, chosen: list[Target]) -> None:
    """Refuse an option that none of the chosen targets has a use for."""
    for option in ("package", "bundle_id", "ci"):
        value = getattr(request, option)
        if value is not None and not any(option in target.takes for target in chosen):
            takers = [target.name for target in targets.find_all([targets.ALL]) if option in target.takes]
            spelled, names = option.replace("_", "-"), " and ".join(target.name for target in chosen)
            raise UsageError(
                f"--{spelled} means nothing to {names}",
                f"leave it out, or add --target {' or '.join(takers)}",
            )
    services = sorted({service for target in chosen for service in target.ci})
    if request.ci is not None and request.ci not in services:
        raise UsageError(f"there is no --ci {request.ci!r}", f"there is: {', '.join(services)}")


def _check_choices(request: Request, name: str) -> None:
    """Refuse what the apps of a task cannot be asked for, where it is not what is usual anyway."""
    choices = tasks.find(name).choices
    given = {
        "--conf": (request.confidence != CONFIDENCE, {"confidence"}),
        "--iou": (request.iou != IOU, {"iou"}),
        "--max-det": (request.max_det != MAX_DET, {"max_det", "top"}),
        "--classes": (request.classes is not None, {"classes"}),
        "--skeleton": (request.skeleton is not None, {"skeleton"}),
    }
    for option, (is_given, of) in given.items():
        if is_given and not of.intersection(choices):
            raise UsageError(f"{option} means nothing to a model for the task `{name}`", "leave it out")


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
    if not any("package" in target.takes for target in chosen):
        return ""
    return naming.check_package(naming.default_package(slug) if request.package is None else request.package)


def _bundle_id(request: Request, chosen: list[Target], slug: str) -> str:
    if not any("bundle_id" in target.takes for target in chosen):
        return ""
    given = request.bundle_id
    return naming.check_bundle_id(naming.default_bundle_id(slug) if given is None else given)


def _model_name(source: "Found") -> str:
    """Return what the model is called: as its export recorded it, or after its path."""
    if isinstance(source, ExportedSource):
        from edgegen.artifacts.metadata_reader import read_metadata

        own = read_metadata(source.metadata).own
        recorded = naming.presentable(own.name) if own else ""
        if recorded:
            return recorded
    return naming.model_name(source.name_path)


def _folders(request: Request, chosen: list[Target], model_name: str) -> dict[str, Path]:
    """One target: --output is the project. Several: --output/<target>."""
    if request.output is None:
        return {each.name: Path(naming.project_folder(model_name, each.name)) for each in chosen}
    if len(chosen) == 1:
        return {chosen[0].name: request.output}
    outer = manifest.read(request.output)
    if outer is not None and not request.force:
        raise InputError(
            f"the output folder {request.output} is itself a project ({outer.target}), and several targets "
            "go to a folder each in it",
            "name another folder with --output, or make them in there all the same with --force",
        )
    return {each.name: request.output / each.name for each in chosen}


def _check_apart(folder: Path, source: "Found") -> None:
    """Refuse to put a project in the place of the export that it is made from."""
    if isinstance(source, ExportedSource) and os.path.realpath(folder) == os.path.realpath(source.pte.parent):
        raise InputError(
            f"the output folder {folder} is the one that holds the model", "name another with --output"
        )


@contextmanager
def _workspace(request: Request, folder: Path) -> Iterator[Path]:
    """Give an empty folder: beside the output folder, but far from it where nothing may be written."""
    with writing_to(folder):
        beside = Path(tempfile.gettempdir()) / "edgegen" if request.pretend else folder
    with staging(beside) as path:
        yield path


def _say_of_edits(
    request: Request, target: Target, staged: Path, project: Project, progress: Progress
) -> None:
    """Say which of the user's edits stay and which go, and what was typed that does not come into theirs."""
    for line in project.edits.said(project.path):
        progress.note(line)
    for name in project.edits.kept:
        read = target.users_files[name]
        held, written = read(project.path), read(staged)
        for option, value in written.items():
            typed = getattr(request, option)
            if typed is not None and held.get(option) != value:
                spelled, path = option.replace("_", "-"), project.path / name
                says = held.get(option) or "nothing"
                progress.note(
                    f"--{spelled} {typed} does not come into {path}, which says {says}: change it there"
                )


def _ready_model(
    source: "Found",
    request: ExportRequest,
    folder: Path,
    progress: Progress,
    *,
    check: "Callable[[Facts], object] | None" = None,
    fetch: bool = True,
) -> _Model:
    """Export a checkpoint into the folder, or take what is exported already."""
    from edgegen.artifacts.model_reader import load_model_spec

    if isinstance(source, ExportedSource):
        _refuse_export_options(request)
        progress.step("Read the model")
        spec = load_model_spec(source.pte, source.metadata)
        return _Model(spec, source.vectors or _reference_vectors(spec, folder, progress), None)
    from edgegen.export.exporting import export_checkpoint

    model = cast("FoundModel", source)
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
    return _Model(spec, folder / "vectors", path)


def _reference_vectors(spec: ModelSpec, folder: Path, progress: Progress) -> Path:
    from edgegen.parity.vectors import make_vectors

    progress.step("Make golden vectors")
    folder.mkdir(parents=True, exist_ok=True)
    make_vectors(folder / "vectors", spec)
    return folder / "vectors"


def _refuse_export_options(request: ExportRequest) -> None:
    given = {
        "--imgsz": bool(request.imgsz),
        "--head": bool(request.head),
        "--image": bool(request.images),
        "--precision": request.precision == INT8.name,
    }
    wrong = [option for option, value in given.items() if value]
    if wrong:
        raise UsageError(
            f"{', '.join(wrong)} is for checkpoints, and {request.model} is exported already",
            "leave it out, or give the checkpoint",
        )
