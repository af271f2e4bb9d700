"""`edgegen export`: export a checkpoint to model.pte and metadata.yaml."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import cloup

from edgegen.base.model_files import PTE_NAME
from edgegen.cli.common import PATH, output_options, print_json
from edgegen.cli.options import TARGETS, model_options


@cloup.command("export", short_help="Export a checkpoint to ExecuTorch.")
@model_options
@TARGETS
@click.option("--output", type=PATH, help="The folder to make (default: ./<model>-exported).")
@click.option("--yes", is_flag=True, help="Never ask a question.")
@output_options
def command(as_json: bool, yes: bool, **options: Any) -> None:
    """Export a checkpoint to ExecuTorch: model.pte, metadata.yaml and golden vectors.

    `edgegen new --model FOLDER` makes projects from the folder without exporting again. On a terminal, the
    command asks for missing options that describe the model file. With --target, the folder also has the
    programs that apps of these targets use: model.onnx for web.
    """
    from edgegen.base.progress import on_stderr
    from edgegen.base.shell import quoted
    from edgegen.cli import asking
    from edgegen.commands.new import export_only
    from edgegen.commands.request import ExportRequest

    since = time.monotonic()

    def make(complete: Mapping[str, Any]) -> tuple[Path, list[str]]:
        with on_stderr() as progress:
            return export_only(ExportRequest(**complete), progress)

    if asking.can_ask() and not (yes or as_json):
        (folder, files), complete = asking.with_answers(options, make)
        asking.say_command(options, complete)
    else:
        folder, files = make(options)
    if as_json:
        seconds = round(time.monotonic() - since, 3)
        print_json({"model": options["model"], "seconds": seconds, "output": str(folder), "files": files})
    else:
        click.echo(f"\n{folder / PTE_NAME} is ready. Type:\n")
        target = next(iter(options["targets"]), "linux-cpp")
        click.echo(f"    edgegen new --model {quoted(folder)} --target {quoted(target)}")
