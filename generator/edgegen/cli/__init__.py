"""The `edgegen` command: options in, messages and exit codes out. No logic lives here.

Each command's module imports what it needs when it runs, so that `edgegen --help` answers at once.
"""

import sys
from collections.abc import Sequence

import click

from edgegen import __version__
from edgegen.cli import (
    batch,
    benchmark,
    diff,
    doctor,
    evaluate,
    explain,
    export,
    inspect,
    new,
    report,
    status,
    template,
    update,
    verify,
)
from edgegen.cli.common import run, verbose_option


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with: edgegen new --model yolo11n.pt --target linux-cpp",
)
@click.version_option(__version__, prog_name="edgegen")
@verbose_option
def group() -> None:
    """Turn a trained PyTorch vision model into an app project that shows the same boxes."""


for _module in (
    new,
    batch,
    update,
    status,
    diff,
    export,
    inspect,
    verify,
    report,
    explain,
    evaluate,
    benchmark,
    doctor,
    template,
):
    group.add_command(_module.command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    sys.exit(run(group, arguments))
