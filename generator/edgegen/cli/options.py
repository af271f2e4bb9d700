"""The options that `new` and `export` share."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

import click
from cloup import option, option_group

from edgegen import tasks
from edgegen.base.errors import UsageError
from edgegen.cli.common import PATH, image_size
from edgegen.commands.request import FP32
from edgegen.model.precision import INT8
from edgegen.project.context import CONFIDENCE, IOU, MAX_DET

_Function = TypeVar("_Function", bound=Callable[..., Any])
_Decorator = Callable[[Any], Any]

# The headings of --help, for commands with more options than one can see at once.
_MODEL_GROUP, _INT8_GROUP, _PROJECT_GROUP = "Model", "int8", "Project"
_SHOWN_GROUP, _TEMPLATE_GROUP = "What the app shows", "Template in the place of a target"

_A_MODEL = "A checkpoint (.pt), an export folder, a .pte, a project, or an official name such as yolo11n.pt."
_MODEL = option(
    "--model",
    metavar="MODEL",
    help=f"{_A_MODEL} May be given without --model, too.",
)
_MODELS = option(
    "--model",
    metavar="MODEL",
    multiple=True,
    help=f"{_A_MODEL} May be given without --model, too; and repeated: one app that switches between models.",
)
_METADATA = option("--metadata", type=PATH, help="metadata.yaml of a .pte (default: the one beside it).")
_IMGSZ = option(
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


_HEAD = option(
    "--head",
    type=_Head(),
    help="What the exported model returns: raw (default) is faster, decoded is what Ultralytics exports;"
    " end2end: the branch of YOLO26 and YOLOv10 that needs no NMS.",
)
_IMAGES = option(
    "--image",
    "images",
    type=PATH,
    multiple=True,
    help="A photo for the golden vectors, beside the drawn ones. May be repeated.",
)
_PRECISION = option(
    "--precision",
    type=click.Choice((FP32, INT8.name)),
    help="In which numbers the model computes (default: fp32, or those of an export). int8 is smaller "
    "and faster, and needs --calibration.",
)
_CALIBRATION = option(
    "--calibration",
    type=PATH,
    metavar="PHOTOS",
    help="Photos like those that the app will see. A folder, a text file of paths, or a data.yaml, "
    "whose labels then say what int8 costs.",
)
_CALIBRATION_IMAGES = option(
    "--calibration-images",
    type=int,
    metavar="N",
    help="The most photos to take (default: 100): a fifth of a folder's judge, the rest is watched; "
    "of a data.yaml so many are watched, and so many judge.",
)
_MAX_LOSS = option(
    "--max-loss",
    type=float,
    metavar="X",
    help="The most that may be lost, in points of mAP50-95 where labels are given (default: 1), "
    "else in percent of what float32 shows (default: 5). Layers stay float32 until that holds.",
)
_KEEP_FLOAT = option(
    "--keep-float",
    multiple=True,
    metavar="LAYER",
    help="A layer that stays float32, such as model.0.conv. May be repeated.",
)
_SENSITIVITY = option(
    "--sensitivity",
    is_flag=True,
    help="Say of every layer how far the outputs move if it alone is int8, the costliest first.",
)
_INT8 = (_CALIBRATION, _CALIBRATION_IMAGES, _MAX_LOSS, _KEEP_FLOAT, _SENSITIVITY)

_PROJECT = (
    option("--name", help="The app's name, as people read it (default: the model's)."),
    option("--package", help="The Android app's id (default: org.example.<name>)."),
    option("--bundle-id", help="The iOS app's id (default: org.example.<name>)."),
    option("--ci", help="Add a workflow that builds and tests an app at every push: github."),
)
CLASSES = option(
    "--classes",
    help="Keep only these classes, by name or number: person,dog or 0,16. What stands in double quotes "
    "is a name: '\"3\"'.",
)
SKELETON = option(
    "--skeleton",
    metavar="PAIRS|none",
    help="Of a pose model: which keypoints have a limb between them, by number from 0: 0-1,1-2 (default: "
    "a person's for 17 keypoints, else none).",
)


def pairs(given: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return the names and values of --data."""
    found = [text.partition("=") for text in given]
    for (name, equals, _), text in zip(found, given, strict=True):
        if not name.strip() or not equals:
            raise click.BadParameter(f"{text!r} is no answer: say name=value", param_hint="'--data'")
    return tuple((name.strip(), value) for name, _, value in found)


_TEMPLATE = (
    option(
        "--template",
        metavar="FOLDER|GIT-URL[@TAG]",
        help="A copier template of your own, or of somebody else's, in the place of a target.",
    ),
    option(
        "--data",
        multiple=True,
        metavar="NAME=VALUE",
        callback=lambda _context, _option, given: pairs(given),
        help="The answer to a question of the template. May be repeated.",
    ),
    option("--trust", is_flag=True, help="Let the template run programs of its own."),
)
_SAID_MODEL = option(
    "--model",
    metavar="MODEL",
    help="Another model: a checkpoint, an export folder, a .pte (default: the one that it was made from).",
)
_SAID_PRECISION = option(
    "--precision",
    type=click.Choice((FP32, INT8.name)),
    help="In which numbers the model computes (default: as before).",
)
_MAX_DET = option("--max-det", type=int, help="Most boxes in a picture (default: as before).")
_IOU = option("--iou", type=float, help="NMS drops what overlaps more (default: as before).")
_CONF = option("--conf", "confidence", type=float, help="The lowest score shown (default: as before).")


def model_options(function: _Function, *, may_be_missing: bool = False, several: bool = False) -> _Function:
    """Add what says which model, by --model or without, and how it is exported; or which `several` ones."""

    @functools.wraps(function)
    def with_model(*, model: str | tuple[str, ...] | None, named_model: str | None, **given: Any) -> Any:
        models = list(model) if isinstance(model, tuple) else [model]
        found = _one_model(models[0] if models else None, named_model)
        if found is None and not may_be_missing:
            raise no_model()
        return function(model=found, **given, **({"more": tuple(models[1:])} if several else {}))

    named = click.argument("named_model", required=False, metavar="[MODEL]")
    which = (_MODELS if several else _MODEL, _METADATA)
    return named(export_options(cast("_Function", with_model), *which))


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


def export_options(function: _Function, *which: _Decorator) -> _Function:
    """Add what says how a model is exported, below `which` model."""
    force = click.option(
        "--force", is_flag=True, help="Overwrite a folder that edgegen did not make, or your own edits."
    )
    model = option_group(_MODEL_GROUP, *which, _IMGSZ, _HEAD, _IMAGES)
    return model(option_group(_INT8_GROUP, _PRECISION, *_INT8)(force(function)))


def shown_options(*more: _Decorator) -> Callable[[_Function], _Function]:
    """Give a decorator that adds the thresholds that an app starts with, and what is given."""
    thresholds = (
        option(
            "--conf",
            "confidence",
            type=float,
            default=CONFIDENCE,
            show_default=True,
            help="The lowest score shown.",
        ),
        option("--iou", type=float, default=IOU, show_default=True, help="NMS drops what overlaps more."),
        option("--max-det", type=int, default=MAX_DET, show_default=True, help="Most boxes in a picture."),
    )
    return option_group(_SHOWN_GROUP, *thresholds, *more)


def project_options(*first: _Decorator) -> Callable[[_Function], _Function]:
    """Give a decorator that adds what an app is called, after what is given."""
    return option_group(_PROJECT_GROUP, *first, *_PROJECT)


def template_options(function: _Function) -> _Function:
    """Add what says which template of somebody else's, and what it is told."""
    return option_group(_TEMPLATE_GROUP, *_TEMPLATE)(function)


def said_options(*more: _Decorator) -> Callable[[_Function], _Function]:
    """Give a decorator for the options of `new` that a project takes: None or empty where nothing is said.

    What is given is about models, too.
    """

    def add(function: _Function) -> _Function:
        model = option_group(_MODEL_GROUP, _SAID_MODEL, *more, _METADATA, _IMGSZ, _HEAD, _IMAGES)
        int8 = option_group(_INT8_GROUP, _SAID_PRECISION, *_INT8)
        shown = option_group(_SHOWN_GROUP, _CONF, _IOU, _MAX_DET, CLASSES, SKELETON)
        return model(int8(project_options()(shown(template_options(function)))))

    return add
