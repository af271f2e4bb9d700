"""`edgegen explain`: find the stage at which an app and PyTorch differ."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgegen.cli.common import PATH, output_options, print_json, print_table

if TYPE_CHECKING:
    from edgegen.commands.explain import Explanation

_MARKS = {True: "same", False: "DIFFERS", None: "?"}


@click.command("explain", short_help="Name the stage at which an app and PyTorch differ.")
@click.argument("capture", type=PATH)
@click.option("--model", metavar="MODEL", help="The app's checkpoint, export or project.")
@click.option("--image", type=PATH, help="The picture, if it was too large for the capture.")
@click.option("--output", type=PATH, metavar="FILE", help="Draw both results side by side as a PNG.")
@output_options
def command(capture: Path, model: str | None, image: Path | None, output: Path | None, as_json: bool) -> int:
    """Replay CAPTURE, an app's record of one picture, and name the first stage that differs.

    The stages are rotation, letterbox, runtime, decode, NMS, thresholds and result processors. If none
    differs, PyTorch gives the same result, and the model is the cause. A linux-cpp app writes a capture with
    `app PICTURE --capture FILE`, a phone app with "Report a wrong result". Without --model, stages that need
    PyTorch are skipped. Exit code 7: a stage differs.
    """
    from edgegen.base.errors import InputError, ParityError
    from edgegen.base.progress import on_stderr
    from edgegen.commands.explain import draw_both, explain

    with on_stderr() as progress:
        explanation = explain(capture, model=model, image=image, progress=progress)
    if output is not None:  # first: a failure prints no result
        if explanation.picture is None or explanation.expected is None:
            raise InputError(
                "--output needs the picture and PyTorch's results",
                "give the checkpoint with --model, and the picture with --image if the capture lacks it",
            )
        draw_both(explanation.picture, explanation.shown, explanation.expected, output)
    if as_json:
        print_json(explanation.to_json())
    else:
        _print(explanation)
    return ParityError.exit_code if explanation.stage is not None else 0


def _print(explanation: "Explanation") -> None:
    about = explanation.capture.about
    click.echo(f"{about['app']}, {about['target']}, on {about['device']}")
    rows = [(step.name, _MARKS[step.same], step.message) for step in explanation.steps]
    print_table(("", "", ""), rows, header=False)
    click.echo(f"\n{explanation.verdict}")
    for row in explanation.hidden:
        click.echo(f"  below the threshold: {row['class_name']} {row['score']:.3f}")
