"""`edgegen verify`: build a project, run it, compare it with PyTorch."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edgegen.base.text import how_many
from edgegen.cli.common import PATH, output_options, print_json, print_table

if TYPE_CHECKING:
    from edgegen.parity.report import Report


@click.command("verify", short_help="Build a project and compare it with PyTorch.")
@click.argument("project", type=PATH)
@click.option("--model", "checkpoint", type=PATH, help="The checkpoint (default: the project's).")
@click.option("--image", "images", type=PATH, multiple=True, help="A photo to compare on. Repeatable.")
@click.option("--screenshots", type=PATH, metavar="DIR", help="Save pictures of the screen (android, web).")
@click.option("--device", is_flag=True, help="Run the tests on a connected device (android, ios).")
@output_options
def command(project: Path, device: bool, as_json: bool, **options: Any) -> int:
    """Build PROJECT, run it, and compare it with PyTorch stage by stage.

    It uses the golden vectors' pictures, and those of --image. An Android app is launched on this computer.
    For an iOS app, Linux runs the bridge and compiles the rest; a Mac runs the tests on a simulator. With
    --device, the tests run on a phone.

    Exit code 7: a stage differs by more than its tolerance. Exit code 6: a tool is missing, or the project
    does not build.
    """
    from edgegen.base.errors import ParityError, UsageError
    from edgegen.base.progress import on_stderr
    from edgegen.commands.verify import verify, verify_on_device

    if device and any(options.values()):
        raise UsageError(
            "--device runs the project's own tests: it takes no --model, --image or --screenshots",
            "leave out --device, or the others",
        )
    with on_stderr() as progress:
        report = (
            verify_on_device(project, progress) if device else verify(project, progress=progress, **options)
        )
    if as_json:
        print_json(report.to_json())
    else:
        _print(report)
    return 0 if report.passed else ParityError.exit_code


def _print(report: "Report") -> None:
    rows = []
    for stage in report.stages:
        result = "passed" if stage.passed else "FAILED"
        rows.append((stage.name, result, f"{stage.worst:.3g}", f"{stage.tolerance:g}", stage.unit))
    print_table(("stage", "", "worst", "tolerance", "unit"), rows)
    summary = f"{how_many(report.images, 'picture')}, {report.counted}: " if report.images else ""
    for line in (*report.problems, f"\n{summary}{report.verdict}", *report.notes):
        click.echo(line)
