"""`edgegen explain`: why an app shows a picture wrongly."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgegen.cli.common import PATH, json_option, plain_console, print_json, verbose_option

if TYPE_CHECKING:
    from edgegen.commands.explain import Explanation

_MARKS = {True: "same", False: "DIFFERS", None: "?"}


@click.command("explain", short_help="Name the stage at which an app and PyTorch differ.")
@click.argument("capture", type=PATH)
@click.option("--model", metavar="MODEL", help="The app's checkpoint, export or project.")
@click.option("--image", type=PATH, help="The picture, if it was too large for the capture.")
@click.option("--output", type=PATH, metavar="FILE", help="Draw both results side by side as a PNG.")
@json_option
@verbose_option
def command(capture: Path, model: str | None, image: Path | None, output: Path | None, as_json: bool) -> int:
    """Replay CAPTURE, an app's record of one picture, and name the first stage that differs.

    The stages are rotation, letterbox, runtime, decode, NMS, thresholds and result processors. If none
    differs, PyTorch gives the same result, and the model is the cause. A linux-cpp app writes a capture with
    `app PICTURE --capture FILE`, a phone app with "Report a wrong result". Without --model, stages that need
    PyTorch are skipped. Exit code 7: a stage differs.
    """
    from edgegen.base.errors import InputError, ParityError
    from edgegen.base.progress import on_stderr
    from edgegen.commands.explain import explain
    from edgegen.commands.side_by_side import draw_both

    with on_stderr() as progress:
        found = explain(capture, model=model, image=image, progress=progress)
    if as_json:
        print_json(found.to_json())
    else:
        _print(found)
    if output is not None:
        if found.picture is None or found.right is None:
            raise InputError(
                "there is nothing to draw without the picture and PyTorch",
                "give the checkpoint with --model, and the picture with --image where it was left out",
            )
        draw_both(found.picture, found.shown, found.right, output)
    return ParityError.exit_code if found.stage is not None else 0


def _print(found: "Explanation") -> None:
    from rich.table import Table

    console = plain_console()
    about = found.capture.about
    console.print(f"{about['app']}, {about['target']}, on {about['device']}")
    table = Table(box=None, pad_edge=False, show_header=False)
    for step in found.steps:
        table.add_row(step.name, _MARKS[step.same], step.said)
    console.print(table)
    console.print(f"\n{found.verdict}")
    for row in found.hidden:
        console.print(f"  below the threshold: {row['class_name']} {row['score']:.3f}")
