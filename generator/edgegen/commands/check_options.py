"""Check the options of `new` against the targets and the model."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from edgegen import runtimes, targets, tasks
from edgegen.base import app_ids, naming
from edgegen.base.errors import UsageError
from edgegen.commands.request import ExportRequest, Request
from edgegen.model.class_selection import resolve_classes
from edgegen.model.facts import Facts
from edgegen.model.int8 import LEAST_CONFIDENCE
from edgegen.model.precision import FLOAT16, INT8
from edgegen.model.skeleton import resolve_skeleton
from edgegen.model.spec import ModelSpec
from edgegen.project.context import Options
from edgegen.project.option_table import BY_FIELD, BY_TARGET, FP16, IOU, OPTIONS, USUAL_APP
from edgegen.targets import Target

WHY_NO_FP16: Final = "ExecuTorch cannot store the float16 weights of a model.pte in float32"


def check_target_options(request: Request, selected: list[Target]) -> None:
    """Raise UsageError for an option that no target has."""
    names = " and ".join(target.name for target in selected)
    for option in BY_TARGET:
        value = getattr(request, option)
        if value is not None and not any(option in target.options for target in selected):
            takers = [target.name for target in targets.find_all([targets.ALL]) if option in target.options]
            # A template cannot be combined with a target.
            alternative = "" if selected[0].is_custom else f", or add --target {' or '.join(takers)}"
            raise UsageError(
                f"{BY_FIELD[option].spelled} has no effect for {names}", f"leave it out{alternative}"
            )
    for backend in request.further_backends():
        if not any(backend in target.backends for target in selected):
            raise UsageError(f"--backend {backend} has no effect for {names}", "leave it out")
    if request.further_backends() and request.more:
        raise UsageError(
            f"--backend {request.backends[0]} is for an app with one model",
            "leave it out: an app with several models uses XNNPACK",
        )
    check_precision(request.precision, selected)
    services = sorted({service for target in selected for service in target.ci})
    if request.ci is not None and request.ci not in services:
        raise UsageError(f"there is no --ci {request.ci!r}", f"there is: {', '.join(services)}")


def usual_backends(request: ExportRequest, selected: Sequence[Target]) -> tuple[str, ...]:
    """Return the backends of optional programs.

    These are the usual ones of the targets for which there is no --backend, and those without which a target
    of `--target all` is left out.
    """
    if isinstance(request, Request) and request.more:
        return ()
    names = list[str]()
    for target in selected:
        chosen = {*target.backends, runtimes.default_backend().name}.intersection(request.backends)
        names += () if chosen else target.usual_backends
        names += () if is_named(request, target) else target.required_backends
    return tuple(dict.fromkeys(names))


def is_named(request: ExportRequest, target: Target) -> bool:
    """Return whether the user named a target, or its template. Others come from `--target all`."""
    return target.is_custom or target.name in request.targets


def required_backends(request: ExportRequest, selected: Sequence[Target]) -> tuple[str, ...]:
    """Return the backends without whose programs the apps of the named targets do not run.

    Those of the other targets of `--target all` are optional.
    """
    named = (target for target in selected if is_named(request, target))
    return tuple(dict.fromkeys(name for target in named for name in target.required_backends))


def check_precision(precision: str | None, selected: Sequence[Target]) -> None:
    """Raise UsageError if a target has no models of a precision."""
    for target in selected:
        if precision == FP16 and not takes_fp16(target):
            raise UsageError(
                f"{target.name} has no fp16 models: {WHY_NO_FP16}",
                "leave it out. --precision int8 is smaller; programs for GPUs (--backend) are fp16 already",
            )
        if precision == INT8.name and target.why_no_int8:
            raise UsageError(
                f"{target.name} has no int8 models: {target.why_no_int8}", "leave out --precision int8"
            )


def takes_fp16(target: Target) -> bool:
    """Return whether the weights of the target's program can be float16."""
    backends = map(runtimes.find_backend, target.required_backends)
    return any(FLOAT16.name in backend.precisions[1:] for backend in backends)


def project_options(request: Request, selected: list[Target], default_name: str) -> Options:
    """Return the options of the projects, checked without the model."""
    name = naming.check_display_name(default_name if request.name is None else request.name)
    takes = {option for target in selected for option in target.options}
    package, bundle_id = request.package, request.bundle_id
    package = app_ids.default_package(name) if package is None else package
    bundle_id = app_ids.default_bundle_id(name) if bundle_id is None else bundle_id
    package = app_ids.check_package(package) if "package" in takes else ""
    bundle_id = app_ids.check_bundle_id(bundle_id) if "bundle_id" in takes else ""
    app = request.app or USUAL_APP
    if len(selected) == 1:
        app = selected[0].app_for(app)
    for target in selected:
        if target.apps and target.app_for(app) not in target.apps:
            raise UsageError(
                f"there is no --app {app!r} for {target.name}", f"there is: {', '.join(target.apps)}"
            )
    return Options(
        name,
        naming.slug(name),
        request.confidence,
        request.iou,
        request.max_det,
        package=package,
        bundle_id=bundle_id,
        ci=request.ci or "",
        app=app if any(target.apps for target in selected) else "",  # "": a custom template
    )


def check_facts(request: Request, selected: list[Target], facts: Facts) -> None:
    """Raise UsageError for an option that does not fit a checkpoint, before its export."""
    targets.check_task(facts.task, selected)
    _check_task_options(request, facts.task)
    head = request.head or tasks.find(facts.task).usual_head(facts.yolo.branches)
    _check_iou(request, has_nms=head != "end2end")
    resolve_classes(facts.class_names, request.classes)
    resolve_skeleton(facts.extras.kpt_shape[0], request.skeleton, facts.extras.kpt_names)


def check_spec(request: Request, selected: list[Target], spec: ModelSpec) -> None:
    """Raise UsageError for an option that does not fit an exported model."""
    targets.check_task(spec.task, selected)
    targets.check_borders(spec, selected)
    targets.check_programs(spec, [target for target in selected if is_named(request, target)])
    _check_task_options(request, spec.task)
    _check_iou(request, has_nms=spec.output.needs_nms)
    if spec.precision == INT8.name and request.confidence < LEAST_CONFIDENCE:
        raise UsageError(  # the threshold would hide nothing
            f"--conf is {request.confidence:g}, and the lowest score in int8 is {LEAST_CONFIDENCE:g}",
            "give a higher --conf, or leave it out",
        )


def _check_task_options(request: Request, task: str) -> None:
    """Raise UsageError for an option that the apps of this task do not have."""
    choices = set(tasks.find(task).choices)
    for option in OPTIONS:
        is_given = bool(option.texts(getattr(request, option.field)))
        if option.by_task and is_given and not choices.intersection(option.by_task):
            raise UsageError(
                f"{option.spelled} has no effect for a model for the task `{task}`", "leave it out"
            )


def _check_iou(request: Request, has_nms: bool) -> None:
    """Raise UsageError for --iou without NMS."""
    if request.iou != IOU and not has_nms:
        raise UsageError("--iou has no effect: this model needs no NMS", "leave it out")


def ignored_options(
    target: Target, name: str, project: Path, staged: Path, typed: Mapping[str, Any]
) -> Iterator[str]:
    """Yield a message for each typed option whose file belongs to the user and is not changed."""
    read = target.users_files[name]
    present, rendered = read(project), read(staged)
    for option, value in rendered.items():
        if typed.get(option) is not None and present.get(option) != value:
            spelled, current = option.replace("_", "-"), present.get(option) or "nothing"
            yield (
                f"--{spelled} {typed[option]} is not written to {project / name}, which says {current}: "
                "change it there"
            )
