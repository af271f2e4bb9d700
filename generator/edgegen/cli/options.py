"""The options that `new` and `export` share."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

import click

from edgegen import tasks
from edgegen.base.errors import UsageError
from edgegen.cli.common import PATH, image_size
from edgegen.commands.request import FP32
from edgegen.model.precision import INT8
from edgegen.project.context import CONFIDENCE, IOU, MAX_DET

_Function = TypeVar("_Function", bound=Callable[..., Any])

_A_MODEL = "A checkpoint (.pt), an export folder, a .pte, a project, or an official name such as yolo11n.pt."
_NAMED_MODEL = click.argument("named_model", required=False, metavar="[MODEL]")
_MODEL = click.option(
    "--model",
    metavar="MODEL",
    help=f"{_A_MODEL} May be given without --model, too.",
)
_MODELS = click.option(
    "--model",
    metavar="MODEL",
    multiple=True,
    help=f"{_A_MODEL} May be given without --model, too; and repeated: one app that switches between models.",
)
_METADATA = click.option(
    "--metadata", type=PATH, help="metadata.yaml of a .pte (default: the one beside it)."
)
_IMGSZ = click.option(
    "--imgsz",
    type=image_size,
    metavar="N|H,W",
    help="The model's input size (default: what the checkpoint was trained with).",
)


class _Head(click.ParamType):  # type: ignore[type-arg]
    """What the tasks' heads can be cut to; they are asked when somebody wants to know."""

    name = "head"

    def get_metavar(self, *arguments: Any, **more: Any) -> str | None:
        """Return them as a choice is shown."""
        return click.Choice(tasks.heads()).get_metavar(*arguments, **more)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Take one of them."""
        return click.Choice(tasks.heads()).convert(value, param, ctx)


_HEAD = click.option(
    "--head",
    type=_Head(),
    help="What the exported model returns: raw (default) is faster, decoded is what Ultralytics exports;"
    " end2end: the branch of YOLO26 and YOLOv10 that needs no NMS.",
)
_IMAGES = click.option(
    "--image",
    "images",
    type=PATH,
    multiple=True,
    help="A photo for the golden vectors, beside the drawn ones. May be repeated.",
)
_PRECISION = click.option(
    "--precision",
    type=click.Choice((FP32, INT8.name)),
    default=FP32,
    show_default=True,
    help="In which numbers the model computes. int8 is smaller and faster, and needs --calibration.",
)
_CALIBRATION = click.option(
    "--calibration",
    type=PATH,
    metavar="PHOTOS",
    help="For int8: photos like those that the app will see. A folder, a text file of paths, or a data.yaml, "
    "whose labels then say what int8 costs.",
)
_CALIBRATION_IMAGES = click.option(
    "--calibration-images",
    type=int,
    metavar="N",
    help="For int8: the most photos to watch (default: 100).",
)
_MAX_LOSS = click.option(
    "--max-loss",
    type=float,
    metavar="X",
    help="For int8: the most that may be lost, in points of mAP50-95 where labels are given (default: 1), "
    "else in percent of what float32 shows (default: 5). Layers stay float32 until that holds.",
)
_KEEP_FLOAT = click.option(
    "--keep-float",
    multiple=True,
    metavar="LAYER",
    help="For int8: a layer that stays float32, such as model.0.conv. May be repeated.",
)
_SENSITIVITY = click.option(
    "--sensitivity",
    is_flag=True,
    help="For int8: say of every layer how far the outputs move if it alone is int8, the costliest first.",
)
_FORCE = click.option(
    "--force", is_flag=True, help="Overwrite a folder that edgegen did not make, or your own edits."
)


_PROJECT = (
    click.option("--name", help="The app's name, as people read it (default: the model's)."),
    click.option("--package", help="The Android app's id (default: org.example.<name>)."),
    click.option("--bundle-id", help="The iOS app's id (default: org.example.<name>)."),
    click.option("--ci", help="Add a workflow that builds and tests an app at every push: github."),
    click.option(
        "--classes",
        help="Keep only these classes, by name or number: person,dog or 0,16. What stands in double quotes "
        "is a name: '\"3\"'.",
    ),
    click.option(
        "--skeleton",
        metavar="PAIRS|none",
        help="Of a pose model: which keypoints have a limb between them, by number from 0: 0-1,1-2 (default: "
        "a person's for 17 keypoints, else none).",
    ),
)


def pairs(given: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return the names and values of --data."""
    found = [text.partition("=") for text in given]
    for (name, equals, _), text in zip(found, given, strict=True):
        if not name.strip() or not equals:
            raise click.BadParameter(f"{text!r} is no answer: say name=value", param_hint="'--data'")
    return tuple((name.strip(), value) for name, _, value in found)


_TEMPLATE = (
    click.option(
        "--template",
        metavar="FOLDER|GIT-URL[@TAG]",
        help="A copier template of your own, or of somebody else's, in the place of a target.",
    ),
    click.option(
        "--data",
        multiple=True,
        metavar="NAME=VALUE",
        callback=lambda _context, _option, given: pairs(given),
        help="The answer to a question of the template. May be repeated.",
    ),
    click.option("--trust", is_flag=True, help="Let the template run programs of its own."),
)
_SAID_MODEL = click.option(
    "--model",
    metavar="MODEL",
    help="Another model: a checkpoint, an export folder, a .pte (default: the one that it was made from).",
)
_SAID_PRECISION = click.option(
    "--precision",
    type=click.Choice((FP32, INT8.name)),
    help="In which numbers the model computes (default: as before).",
)
_MAX_DET = click.option("--max-det", type=int, help="Most boxes in a picture (default: as before).")
_IOU = click.option("--iou", type=float, help="NMS drops what overlaps more (default: as before).")
_CONF = click.option("--conf", "confidence", type=float, help="The lowest score shown (default: as before).")


def model_options(function: _Function, *, may_be_missing: bool = False, several: bool = False) -> _Function:
    """Add what says which model, by --model or without, and how it is exported; or which `several` ones."""

    @functools.wraps(function)
    def with_model(*, model: str | tuple[str, ...] | None, named_model: str | None, **given: Any) -> Any:
        models = list(model) if isinstance(model, tuple) else [model]
        found = _one_model(models[0] if models else None, named_model)
        if found is None and not may_be_missing:
            raise no_model()
        return function(model=found, **given, **({"more": tuple(models[1:])} if several else {}))

    result = export_options(cast("_Function", with_model))
    for option in (_METADATA, _MODELS if several else _MODEL, _NAMED_MODEL):
        result = option(result)
    return result


def no_model() -> UsageError:
    """Return what is wrong where nobody says which model."""
    return UsageError("there is no MODEL", "name a checkpoint, such as best.pt or yolo11n.pt, or an export")


def _one_model(option: str | None, argument: str | None) -> str | None:
    if option is not None and argument is not None and option != argument:
        raise UsageError(
            f"MODEL is {argument}, and --model says {option}",
            "leave one of the two out; for an app of several models, give each with --model",
        )
    return argument if option is None else option


def export_options(function: _Function) -> _Function:
    """Add what says how a model is exported."""
    int8 = (_SENSITIVITY, _KEEP_FLOAT, _MAX_LOSS, _CALIBRATION_IMAGES, _CALIBRATION, _PRECISION)
    for option in (_FORCE, _IMAGES, *int8, _HEAD, _IMGSZ):
        function = option(function)
    return function


def threshold_options(function: _Function) -> _Function:
    """Add the thresholds that an app starts with."""
    for option in (
        click.option(
            "--max-det", type=int, default=MAX_DET, show_default=True, help="Most boxes in a picture."
        ),
        click.option(
            "--iou", type=float, default=IOU, show_default=True, help="NMS drops what overlaps more."
        ),
        click.option(
            "--conf",
            "confidence",
            type=float,
            default=CONFIDENCE,
            show_default=True,
            help="The lowest score shown.",
        ),
    ):
        function = option(function)
    return function


def project_options(function: _Function) -> _Function:
    """Add what an app is called and shows."""
    for option in reversed(_PROJECT):
        function = option(function)
    return function


def template_options(function: _Function) -> _Function:
    """Add what says which template of somebody else's, and what it is told."""
    for option in reversed(_TEMPLATE):
        function = option(function)
    return function


def said_options(function: _Function) -> _Function:
    """Add the options of `new` that an existing project takes: None or empty where nothing is said."""
    thresholds = (_MAX_DET, _IOU, _CONF)
    int8 = (_SENSITIVITY, _KEEP_FLOAT, _MAX_LOSS, _CALIBRATION_IMAGES, _CALIBRATION)
    for option in (*thresholds, _IMAGES, *int8, _SAID_PRECISION, _HEAD, _IMGSZ, _METADATA, _SAID_MODEL):
        function = option(function)
    return function
