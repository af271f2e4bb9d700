"""What is asked of a project that is rendered anew: what was said when it was made, and what is said now."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from edgegen import tasks
from edgegen.artifacts.model_reader import load_model_spec
from edgegen.base.errors import EdgegenError, UsageError
from edgegen.base.progress import Progress
from edgegen.base.shell import quoted
from edgegen.commands.prepare_model import check_taken
from edgegen.commands.recorded_options import LoadedProject, recorded_request
from edgegen.commands.request import Request
from edgegen.model.class_selection import ClassSelectionError
from edgegen.project.option_table import BY_TARGET, FOR_EXPORT, FP32, INT8_ONLY, OPTIONS

ALL: Final = "all"  # of --classes: every class again


def asked(project: LoadedProject, given: Mapping[str, Any]) -> tuple[dict[str, Any], Request]:
    """Return what was said now, and what holds with what was said before."""
    said = dict(given)
    recorded = recorded_request(project)
    if said.get("classes") == ALL:
        said["classes"], recorded = None, replace(recorded, classes=None)
    if said.get("precision", recorded.precision or FP32) != (recorded.precision or FP32):
        usual = vars(Request(""))
        recorded = replace(recorded, **{name: usual[name] for name in INT8_ONLY})
    of_models = {"add", "remove"}
    request = replace(
        recorded,
        **{name: value for name, value in said.items() if value is not None and name not in of_models},
    )
    request = replace(request, int8_borders=project.target.int8_borders)
    try:
        check_taken(replace(Request(request.model), **_of_targets(said)), [project.target])
    except UsageError as error:
        error.hint = "leave it out: a project keeps its target"
        raise
    if recorded.template is None and request.template is not None:
        raise UsageError(f"{project.path} was not made from a template", "leave out --template")
    return said, request


@contextlib.contextmanager
def classes_of_before(request: Request, said: Mapping[str, Any]) -> Iterator[None]:
    """Say of classes that another model does not have, and that nobody typed now, where they come from."""
    try:
        yield
    except ClassSelectionError as error:
        if "classes" in said:
            raise
        raise UsageError(
            f"the project was made with --classes {quoted(request.classes)}, and its next model "
            f"has others: {error.problem}",
            f"say which of its classes are shown with --classes, or --classes {ALL}; {error.hint}",
        ) from error


def _of_targets(said: Mapping[str, Any]) -> dict[str, Any]:
    return {name: said[name] for name in BY_TARGET if name in said}


def not_exporting(request: Request, said: Mapping[str, Any]) -> Request:
    """Forget what an earlier model was exported with; what is said now is refused of an export."""
    usual = Request("").__dict__
    return replace(
        request, **{each.field: usual[each.field] for each in FOR_EXPORT if each.field not in said}
    )


def adapted(
    project: LoadedProject, request: Request, said: Mapping[str, Any], task: str, progress: Progress
) -> Request:
    """Leave out what was asked of an earlier model and means nothing to one of another task; and say so."""
    before = _task_before(project)
    if before in ("", task):
        return request
    choices = set(tasks.find(task).choices)
    usual = Request("")
    for option in OPTIONS:
        depends = bool(option.by_task) or option.field in ("head", "imgsz")
        if not depends or option.field in said or choices.intersection(option.by_task):
            continue
        if option.texts(getattr(request, option.field)):
            progress.note(f"{option.spelled} was for `{before}`: a model for `{task}` begins without it")
            request = replace(request, **{option.field: getattr(usual, option.field)})
    return request


def _task_before(project: LoadedProject) -> str:
    try:
        return load_model_spec(project.model_dir / "model.pte", project.model_dir / "metadata.yaml").task
    except EdgegenError:
        return ""


def lacks_pictures(request: Request) -> bool:
    """Tell whether it is int8, and the photos to calibrate with are not there any more."""
    return request.calibration is not None and not request.calibration.exists()
