"""The options that `new` and `export` share."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from edgegen import tasks
from edgegen.cli.common import PATH, image_size
from edgegen.project.context import CONFIDENCE, IOU, MAX_DET

_Function = TypeVar("_Function", bound=Callable[..., Any])

_MODEL = click.option(
    "--model",
    required=True,
    metavar="MODEL",
    help="A checkpoint (.pt), an export folder, a .pte, or an official name such as yolo11n.pt.",
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
_FORCE = click.option(
    "--force", is_flag=True, help="Overwrite a folder that edgegen did not make, or your own edits."
)


def model_options(function: _Function) -> _Function:
    """Add what says which model, and how it is exported."""
    for option in (_FORCE, _IMAGES, _HEAD, _IMGSZ, _METADATA, _MODEL):
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
