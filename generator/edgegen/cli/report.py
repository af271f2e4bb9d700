"""`edgegen report`: write one page about projects."""

from pathlib import Path
from typing import Any

import click

from edgegen.cli.common import PATH, output_options, print_json

_SOME_FAILED = 1


@click.command("report", short_help="Write a page about projects: pictures, models, parity.")
@click.argument("projects", type=PATH, nargs=-1, required=True, metavar="PROJECT...")
@click.option("--output", type=PATH, default=Path("report.html"), show_default=True, help="The page.")
@click.option(
    "--verify", "verify_first", is_flag=True, help="Build each project first and compare it with PyTorch."
)
@click.option(
    "--results",
    type=PATH,
    multiple=True,
    metavar="FILE.json",
    help="Output of `verify --json`, `batch --verify --json` or `benchmark --json`. Repeatable.",
)
@click.option(
    "--screenshots",
    type=PATH,
    metavar="DIR",
    help="Pictures of the screens: DIR/NAME/*.png, or DIR/*.png for one project.",
)
@click.option("--force", is_flag=True, help="Overwrite a file that edgegen did not write.")
@output_options
def command(
    projects: tuple[Path, ...], output: Path, verify_first: bool, force: bool, as_json: bool, **options: Any
) -> int:
    """Write one HTML page about each PROJECT, or all projects in a folder such as `apps`.

    Each model has a picture with PyTorch's result, classes, sizes, times, precision, parity, screenshots,
    licence and build commands. The page loads nothing and runs no script. Verdicts come from `edgegen batch
    --verify` in the same folder, times from `edgegen benchmark --json` with --results. Exit code 1: --verify
    failed for a project, or a project is broken; the page gives the reason.
    """
    from edgegen.cli import children_progress
    from edgegen.commands import report
    from edgegen.commands.report_results import read_results

    report.check_place(output, force=force)
    paths = report.projects_in(projects)
    results = read_results(options["results"])
    verified = {}
    if verify_first:
        with children_progress.on_stderr() as progress:
            verified = report.verify_each(paths, progress)
    entries = report.gather(paths, results=results, verified=verified, screenshots=options["screenshots"])
    for note in results.of_no_project({model.sha256 for entry in entries for model in entry.models}):
        click.echo(f"edgegen: note: {note}", err=True)
    report.write(output, report.page(entries))
    if as_json:
        rows: list[dict[str, Any]] = [
            {
                "project": str(entry.path),
                "name": entry.name,
                "target": entry.target,
                "models": [{"name": each.name, "timed": each.times is not None} for each in entry.models],
                **({"broken": entry.broken} if entry.broken else {}),
                "passed": None if entry.proof is None or entry.proof.stale else entry.proof.passed,
            }
            for entry in entries
        ]
        print_json({"output": str(output), "bytes": output.stat().st_size, "projects": rows})
    else:
        count = f"{len(entries)} projects" if len(entries) > 1 else "a project"
        click.echo(f"{output} is a page about {count}. Open it in a browser.")
    failed = any(entry.proof is None or not entry.proof.passed for entry in entries)
    broken = [entry for entry in entries if entry.broken]
    for entry in broken:
        click.echo(f"edgegen: note: {entry.path} is broken: {entry.broken}", err=True)
    return _SOME_FAILED if broken or (verify_first and failed) else 0
