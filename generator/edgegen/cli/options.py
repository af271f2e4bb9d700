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
from edgegen.project.context import CONFIDENCE, IOU, MAX_DET, STARTER, STUDIO, USUAL_APP

_Function = TypeVar("_Function", bound=Callable[..., Any])
_Decorator = Callable[[Any], Any]

# Headings in the --help of commands with many options.
_MODEL_GROUP, _INT8_GROUP, _PROJECT_GROUP = "Model", "int8", "Project"
_SHOWN_GROUP, _TEMPLATE_GROUP = "What the app shows", "Custom template"

_A_MODEL = "A checkpoint (.pt), an export folder, a .pte, a project, or an official name such as yolo11n.pt."
_MODEL = option(
    "--model",
    metavar="MODEL",
    help=f"{_A_MODEL} The argument MODEL means the same.",
)
_MODELS = option(
    "--model",
    metavar="MODEL",
    multiple=True,
    help=f"{_A_MODEL} Repeat it for one app that switches between models.",
)
_METADATA = option("--metadata", type=PATH, help="The metadata.yaml of a .pte (default: the one next to it).")
_IMGSZ = option(
    "--imgsz",
    type=image_size,
    metavar="N|H,W",
    help="The model's input size (default: the training's).",
)


class _Head(click.ParamType):  # type: ignore[type-arg]
    """The names of all tasks' heads. The tasks are imported only when needed."""

    name = "head"

    def get_metavar(self, *arguments: Any, **more: Any) -> str | None:
        """Return the metavar of a choice of all heads."""
        return click.Choice(tasks.heads()).get_metavar(*arguments, **more)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the head, or fail as a choice fails."""
        return click.Choice(tasks.heads()).convert(value, param, ctx)


_HEAD = option(
    "--head",
    type=_Head(),
    help="The exported model's outputs. raw (default) is fastest. decoded is Ultralytics' own export."
    " end2end is the branch of YOLO26 and YOLOv10 without NMS.",
)
_IMAGES = option(
    "--image",
    "images",
    type=PATH,
    multiple=True,
    help="A further photo for the golden vectors. Repeatable.",
)
_PRECISION = option(
    "--precision",
    type=click.Choice((FP32, INT8.name)),
    help="Precision of the model (default: fp32, or the export's). int8 is smaller and faster, and "
    "needs --calibration.",
)
_CALIBRATION = option(
    "--calibration",
    type=PATH,
    metavar="PHOTOS",
    help="The calibration set: a folder of photos, a text file of paths, or a data.yaml, whose labels "
    "then measure the loss.",
)
_CALIBRATION_IMAGES = option(
    "--calibration-images",
    type=int,
    metavar="N",
    help="Maximum number of calibration photos (default: 100). A fifth of a folder is held out to "
    "measure the loss. With a data.yaml, the same number of `val` photos measures it.",
)
_MAX_LOSS = option(
    "--max-loss",
    type=float,
    metavar="X",
    help="Maximum loss: points of mAP50-95 with labels (default: 1), else percent of float32's "
    "detections (default: 5). Layers go back to float32 to keep it.",
)
_KEEP_FLOAT = option(
    "--keep-float",
    multiple=True,
    metavar="LAYER",
    help="A layer that stays float32, such as model.0.conv. Repeatable.",
)
_SENSITIVITY = option(
    "--sensitivity",
    is_flag=True,
    help="List the change of the outputs for each layer alone in int8, largest first.",
)
_INT8 = (_CALIBRATION, _CALIBRATION_IMAGES, _MAX_LOSS, _KEEP_FLOAT, _SENSITIVITY)

APP = option(
    "--app",
    type=click.Choice((STARTER, STUDIO)),
    help=f"starter: a small app to read and change. studio: every feature (default: {USUAL_APP}).",
)
_PROJECT = (
    APP,
    option("--name", help="The app's display name (default: the model's)."),
    option("--package", help="The Android app's id (default: org.example.<name>)."),
    option("--bundle-id", help="The iOS app's id (default: org.example.<name>)."),
    option("--ci", help="Add a CI workflow that builds and tests the app: github."),
)
CLASSES = option(
    "--classes",
    help="Show only these classes, by name or number: person,dog or 0,16. Double quotes mark a name: "
    "'\"3\"'.",
)
SKELETON = option(
    "--skeleton",
    metavar="PAIRS|none",
    help="Limbs of a pose model, as pairs of keypoint numbers from 0: 0-1,1-2 (default: a person's for "
    "17 keypoints, else none).",
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
        help="A custom copier template, instead of a target.",
    ),
    option(
        "--data",
        multiple=True,
        metavar="NAME=VALUE",
        callback=lambda _context, _option, given: pairs(given),
        help="An answer to a question of the template. Repeatable.",
    ),
    option("--trust", is_flag=True, help="Allow the template to run programs."),
)
_SAID_MODEL = option(
    "--model",
    metavar="MODEL",
    help="Another model: a checkpoint, an export folder, a .pte (default: the present one).",
)
_SAID_PRECISION = option(
    "--precision",
    type=click.Choice((FP32, INT8.name)),
    help="Precision of the model (default: unchanged).",
)
_MAX_DET = option("--max-det", type=int, help="Maximum number of detections (default: unchanged).")
_IOU = option("--iou", type=float, help="IoU threshold of NMS (default: unchanged).")
_CONF = option("--conf", "confidence", type=float, help="Confidence threshold (default: unchanged).")


def model_options(function: _Function, *, may_be_missing: bool = False, several: bool = False) -> _Function:
    """Add MODEL, --model and the export options. With `several`, --model may be repeated."""

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
    """Return the error of a missing MODEL."""
    return UsageError("there is no MODEL", "name a checkpoint, such as best.pt or yolo11n.pt, or an export")


def _one_model(option: str | None, argument: str | None) -> str | None:
    if option is not None and argument is not None and option != argument:
        raise UsageError(
            f"MODEL is {argument}, and --model says {option}",
            "leave one of the two out; for an app of several models, give each with --model",
        )
    return argument if option is None else option


def export_options(function: _Function, *which: _Decorator) -> _Function:
    """Add the options of an export after the options `which`, which choose the model."""
    force = click.option(
        "--force", is_flag=True, help="Overwrite your edits, or a folder that edgegen did not make."
    )
    model = option_group(_MODEL_GROUP, *which, _IMGSZ, _HEAD, _IMAGES)
    return model(option_group(_INT8_GROUP, _PRECISION, *_INT8)(force(function)))


def shown_options(*more: _Decorator) -> Callable[[_Function], _Function]:
    """Return a decorator that adds the thresholds of an app, and `more` options."""
    thresholds = (
        option(
            "--conf",
            "confidence",
            type=float,
            default=CONFIDENCE,
            show_default=True,
            help="Confidence threshold.",
        ),
        option("--iou", type=float, default=IOU, show_default=True, help="IoU threshold of NMS."),
        option(
            "--max-det", type=int, default=MAX_DET, show_default=True, help="Maximum number of detections."
        ),
    )
    return option_group(_SHOWN_GROUP, *thresholds, *more)


def project_options(*first: _Decorator) -> Callable[[_Function], _Function]:
    """Return a decorator that adds an app's name and ids after the options `first`."""
    return option_group(_PROJECT_GROUP, *first, *_PROJECT)


def template_options(function: _Function) -> _Function:
    """Add the options of a custom template."""
    return option_group(_TEMPLATE_GROUP, *_TEMPLATE)(function)


def said_options(*more: _Decorator) -> Callable[[_Function], _Function]:
    """Return a decorator for the options of `new` that apply to an existing project.

    Options without a value are None or empty. `more` options choose models.
    """

    def add(function: _Function) -> _Function:
        model = option_group(_MODEL_GROUP, _SAID_MODEL, *more, _METADATA, _IMGSZ, _HEAD, _IMAGES)
        int8 = option_group(_INT8_GROUP, _SAID_PRECISION, *_INT8)
        shown = option_group(_SHOWN_GROUP, _CONF, _IOU, _MAX_DET, CLASSES, SKELETON)
        return model(int8(project_options()(shown(template_options(function)))))

    return add
