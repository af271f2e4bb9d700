"""`edgegen batch`: make a project of each of many models."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import cloup
from cloup import option, option_group

from edgegen.base.text import how_many
from edgegen.cli.common import PATH, output_options, print_json, print_table
from edgegen.cli.options import TARGETS, decorator, export_options, group_of, template_options
from edgegen.project.option_table import SHOWN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgegen.commands.batch import Batch
    from edgegen.commands.batch_record import Row

_SOME_FAILED = 1
_APPS = Path("apps")


@cloup.command("batch", short_help="Make a project of every model in a folder or a list.")
@click.argument("models", type=PATH, metavar="FOLDER|LIST.csv")
@option_group(
    "Projects",
    TARGETS,
    decorator("app"),
    option(
        "--output",
        type=PATH,
        default=_APPS,
        show_default=True,
        help="The folder for the projects: one folder per model, and per target inside it if there are "
        "several. With --ci: the path of the workflow, if it ends in .yml.",
    ),
    option(
        "--jobs",
        type=int,
        default=1,
        show_default=True,
        help="Number of projects at a time; a nano model needs 1.2 GB of memory.",
    ),
    option("--verify", is_flag=True, help="Build each project and compare it with PyTorch."),
    option("--only", multiple=True, metavar="NAME", help="Make only this project. Repeatable."),
    option(
        "--ci",
        type=click.Choice(("github",)),
        help="Make no project; write a CI workflow with a job for each project.",
    ),
)
@export_options
@group_of(SHOWN)
@template_options
@click.option("--pretend", is_flag=True, help="List the projects without making them.")
@output_options
def command(
    models: Path,
    output: Path,
    jobs: int,
    verify: bool,
    only: tuple[str, ...],
    ci: str | None,
    as_json: bool,
    **options: Any,
) -> int:
    """Make an app project of every checkpoint and export in FOLDER or LIST.csv.

    Projects are named after the training runs: runs/detect/birds/weights/best.pt becomes apps/birds. A list
    has the columns model, name, package and classes; only model is required. Its classes take precedence over
    --classes. Paths are relative to the list.
    A failed project does not stop the others. A second run makes what is missing or changed, and keeps your
    edits; --force makes everything again.

    Exit code 1: some projects failed; with --ci, some checkpoints are broken.
    """
    from edgegen.cli import children_progress
    from edgegen.commands.batch import check, run_all
    from edgegen.commands.request import Request

    if not options["targets"] and options["template"] is None:
        raise click.MissingParameter(param_hint="'--target'", param_type="option")
    since = time.monotonic()
    workflow = output if ci is not None and output.suffix in {".yml", ".yaml"} else None
    output = _APPS if workflow is not None else output
    batch = check(models, output, Request(model="", **options), jobs, verify, only)
    for note in batch.listed.notes:
        click.echo(f"{'':11}{note}", err=True)
    if ci is not None:
        return _write_workflow(batch, workflow, as_json, pretend=options["pretend"])
    with children_progress.on_stderr() as progress:
        rows = run_all(batch, progress, pretend=options["pretend"])
    seconds = time.monotonic() - since
    if as_json:
        print_json(_as_json(batch, rows, seconds))
    else:
        _print(rows, seconds)
    return _SOME_FAILED if any(row.failed for row in rows) else 0


def _as_json(batch: "Batch", rows: "Sequence[Row]", seconds: float) -> dict[str, Any]:
    return {
        "list": str(batch.path),
        "output": str(batch.output),
        "targets": [target.name for target in batch.targets],
        "jobs": batch.jobs,
        "seconds": round(seconds, 3),
        **{result.replace(" ", "_"): count for result, count in _counts(rows).items()},
        "notes": list(batch.listed.notes),
        "projects": [row.to_json() for row in rows],
    }


def _write_workflow(batch: "Batch", path: Path | None, as_json: bool, *, pretend: bool) -> int:
    from edgegen.commands.batch import WORKFLOW, broken_models, write_workflow

    path = path or WORKFLOW
    count = write_workflow(batch, path, pretend=pretend)
    broken = broken_models(batch)
    for each in broken:
        click.echo(f"the job of {each['name']} will fail: {each['why']}", err=True)
    models = len(batch.listed.items)
    if as_json:
        projects = models * len(batch.targets)
        print_json({"workflow": str(path), "jobs": count, "projects": projects, "broken": broken})
    else:
        what = "would make" if pretend else "makes"
        then = "Nothing was written." if pretend else "Commit it with the list."
        of, jobs = how_many(models, "model"), how_many(count, "job")
        click.echo(f"{path} {what} the projects of {of} in {jobs}. {then}")
    return _SOME_FAILED if broken else 0


def _counts(rows: "Sequence[Row]") -> dict[str, int]:
    from edgegen.commands.batch_record import FAILED, KEPT, MADE, UNCHANGED, WOULD

    results = [row.result for row in rows]
    return {each: results.count(each) for each in (MADE, WOULD, UNCHANGED, KEPT, FAILED)}


def _print(rows: "Sequence[Row]", seconds: float) -> None:
    verified = any(row.verified is not None for row in rows)
    cells = []
    for row in rows:
        same = "" if row.verified is None else ("the same" if row.verified.get("passed") else "NOT the same")
        took = f"{row.seconds:.1f}" if row.seconds else ""
        cells.append((str(row.project), row.result, took, *([same] if verified else []), row.why))
    print_table(
        ("project", "result", "seconds", *(["PyTorch"] if verified else []), ""), cells, right={"seconds"}
    )
    counts = ", ".join(f"{count} {result}" for result, count in _counts(rows).items() if count)
    click.echo(f"\n{counts}; {seconds:.1f} s")
