"""`edgegen template`: custom templates."""

from pathlib import Path
from typing import Any

import click

from edgegen.base.text import how_many
from edgegen.cli.common import PATH, output_options, print_json, print_table
from edgegen.cli.options import DATA, TRUST


@click.group("template", short_help="Start or check a custom template.")
def command() -> None:
    """Start a custom template, or check one with ten awkward models."""


@command.command("new", short_help="Write a working template.")
@click.argument("folder", type=PATH)
@output_options
def new(folder: Path, as_json: bool) -> None:
    """Write a working template into FOLDER, as a starting point."""
    from edgegen.base.shell import quoted
    from edgegen.commands.template import write

    names = write(folder)
    if as_json:
        print_json({"template": str(folder), "files": names})
        return
    click.echo(f"A template of {how_many(len(names), 'file')} is in {folder}. Type:\n")
    click.echo(f"    edgegen template check {quoted(folder)}")
    click.echo(f"    edgegen new --model best.pt --template {quoted(folder)}")


@command.command("check", short_help="Render a template with ten awkward models, and run its tests.")
@click.argument("template", metavar="FOLDER")
@DATA
@TRUST
@output_options
def check(template: str, data: tuple[tuple[str, str], ...], trust: bool, as_json: bool) -> int:
    """Render the template in FOLDER with ten awkward models, and run the tests of each project.

    The models have one class or 10,000, names with quotes, emoji and code, inputs that are not square, and
    every task that the template claims.
    """
    from edgegen.base.progress import on_stderr
    from edgegen.commands.request import Request
    from edgegen.commands.template import check as run_check

    request = Request("", template=template, data=data, trust=trust)
    with on_stderr() as progress:
        results = run_check(request, progress)
    failed = [each for each in results if each.problem]
    if as_json:
        print_json({"template": template, "passed": not failed, "models": [_row(each) for each in results]})
    else:
        _print(results)
    return 1 if failed else 0


def _row(each: Any) -> dict[str, Any]:
    model = each.model
    return {
        "model": model.about,
        "task": model.task,
        "classes": len(model.names),
        "imgsz": list(model.size),
        "passed": not each.problem,
        "tested": each.tests,
        "problem": each.problem,
    }


def _print(results: list[Any]) -> None:
    rows = []
    for each in results:
        passed = "passed" if each.tests else "rendered; the template has no tests"
        rows.append((each.model.about, each.model.task, "FAILED" if each.problem else passed))
    print_table(("model", "task", "result"), rows)
    for each in results:
        if each.problem:
            click.echo(f"\n{each.model.about} ({each.model.task}): {each.problem}")
            if each.hint:
                click.echo(f"  {each.hint}")
