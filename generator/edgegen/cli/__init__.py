"""The `edgegen` command: options in, messages and exit codes out. No logic lives here.

Each command's module imports what it needs when it runs, so that `edgegen --help` answers at once.
"""

import gc
import sys
from collections.abc import Sequence
from typing import Final

import click
import cloup

from edgegen import __version__
from edgegen.cli import (
    batch,
    benchmark,
    doctor,
    evaluate,
    explain,
    inspect,
    new,
    report,
    serve,
    status,
    template,
    update,
    verify,
)
from edgegen.cli.common import run, verbose_option


@cloup.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    sections=[
        cloup.Section("Make", [new.command, batch.command, new.export_command, template.command]),
        cloup.Section("Keep up to date", [status.command, status.diff_command, update.command]),
        cloup.Section(
            "Prove and measure",
            [verify.command, explain.command, evaluate.command, benchmark.command, report.command],
        ),
        cloup.Section("Look", [serve.command, inspect.command, doctor.command]),
    ],
    epilog="Start with: edgegen new --model yolo11n.pt --target linux-cpp",
)
@click.version_option(__version__, prog_name="edgegen")
@verbose_option
def group() -> None:
    """Turn a trained PyTorch vision model into an app project that shows the same boxes."""


# Modules and templates live until the end: with Python's 700, garbage collection takes 5 % of `new`.
_NEW_OBJECTS: Final = 20_000


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    gc.set_threshold(_NEW_OBJECTS)
    sys.exit(run(group, arguments))
