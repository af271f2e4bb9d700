"""The options of a project that is rendered again: the recorded ones, and those typed now."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from edgegen import tasks
from edgegen.base.errors import UsageError
from edgegen.base.progress import Progress
from edgegen.base.shell import quoted
from edgegen.commands.check_options import check_target_options, usual_backends
from edgegen.commands.recorded_options import LoadedProject, recorded_request
from edgegen.commands.request import Request
from edgegen.model.class_selection import ClassSelectionError
from edgegen.project.option_table import (
    BY_TARGET,
    DESCRIBED,
    FOR_EXPORT,
    FP32,
    INT8_ONLY,
    OPTIONS,
    of_concern,
)

ALL: Final = "all"  # of --classes: every class again


def updated_request(project: LoadedProject, overrides: Mapping[str, Any]) -> tuple[dict[str, Any], Request]:
    """Return the checked overrides, and the project's request with them."""
    overrides = dict(overrides)
    recorded = recorded_request(project)
    if overrides.get("classes") == ALL:
        overrides["classes"], recorded = None, replace(recorded, classes=None)
    precision = recorded.precision or FP32
    if overrides.get("precision", precision) != precision:
        recorded = _with_defaults(recorded, INT8_ONLY)
    of_models = {"add", "remove"}
    changes = {
        name: value for name, value in overrides.items() if value is not None and name not in of_models
    }
    request = replace(
        recorded,
        **changes,
        int8_borders=project.target.int8_borders,
        usual_backends=usual_backends(replace(recorded, **changes), [project.target]),
        optional_backends=() if "backends" in overrides else recorded.backends,
    )
    by_target = {name: overrides[name] for name in BY_TARGET if name in overrides}
    given = Request(request.model, **by_target, backends=overrides.get("backends") or ())
    given.further_backends()  # the names themselves
    try:
        check_target_options(given, [project.target])
    except UsageError as error:
        error.hint = "leave it out: a project keeps its target"
        raise
    if recorded.template is None and request.template is not None:
        raise UsageError(f"{project.path} was not made from a template", "leave out --template")
    return overrides, request


@contextlib.contextmanager
def explain_recorded_classes(request: Request, overrides: Mapping[str, Any]) -> Iterator[None]:
    """Say that the classes which a new model lacks are the project's recorded ones."""
    try:
        yield
    except ClassSelectionError as error:
        if "classes" in overrides:
            raise
        raise UsageError(
            f"the project was made with --classes {quoted(request.classes)}, and its next model "
            f"has others: {error.problem}",
            f"choose from its classes with --classes, or --classes {ALL} for all; {error.hint}",
        ) from error


def without_export_options(request: Request, overrides: Mapping[str, Any]) -> Request:
    """Drop the recorded export options: an exported model cannot take them."""
    return _with_defaults(request, [each.field for each in FOR_EXPORT if each.field not in overrides])


def without_description(request: Request, overrides: Mapping[str, Any], progress: Progress) -> Request:
    """Drop the recorded description of the old model file, with a note: the new model has its own."""
    recorded = [each for each in of_concern(DESCRIBED) if each.texts(getattr(request, each.field))]
    dropped = [each for each in recorded if each.field not in overrides]
    if dropped:
        flags = ", ".join(each.spelled for each in dropped)
        progress.note(f"{flags} described the old model: the new one begins without")
    return _with_defaults(request, [each.field for each in dropped])


def without_options_of_other_task(
    project: LoadedProject, request: Request, overrides: Mapping[str, Any], task: str, progress: Progress
) -> Request:
    """Drop the recorded options that mean nothing to a model of another task, with a note."""
    spec = project.first_spec()
    if spec is None or spec.task == task:
        return request
    choices = set(tasks.find(task).choices)
    for option in OPTIONS:
        depends = bool(option.by_task) or option.field in ("head", "imgsz")
        if not depends or option.field in overrides or choices.intersection(option.by_task):
            continue
        if option.texts(getattr(request, option.field)):
            progress.note(f"{option.spelled} was for `{spec.task}`: a model for `{task}` begins without it")
            request = _with_defaults(request, [option.field])
    return request


def lacks_photos(request: Request) -> bool:
    """Return whether the calibration photos of an int8 model are missing."""
    return request.calibration is not None and not request.calibration.exists()


def _with_defaults(request: Request, fields: Iterable[str]) -> Request:
    defaults = vars(Request(""))
    return replace(request, **{field: defaults[field] for field in fields})
