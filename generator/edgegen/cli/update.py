"""`edgegen update`: newer templates, another model or other options for an edited project."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import cloup
from cloup import option

from edgegen.base.text import how_many
from edgegen.cli.common import PATH, output_options, print_json
from edgegen.cli.options import update_options
from edgegen.cli.status import print_files

if TYPE_CHECKING:
    from edgegen.commands.update import ModelSummary, Update
    from edgegen.project.merging import MergePlan

# Fields of `project.merging.MergePlan`.
_TITLES = {
    "updated": "updated",
    "merged": "merged with your edits",
    "added": "added",
    "removed": "removed",
    "kept": "kept as you edited them",
    "without_place": "edited by you, but no longer written by edgegen: renamed to NAME.edgegen-old",
    "deleted": "changed by edgegen, but you deleted them: they stay deleted",
}


@cloup.command("update", short_help="Update a project and keep your edits.")
@click.argument("project", type=PATH)
@update_options(
    option(
        "--add-model",
        "add",
        multiple=True,
        metavar="MODEL",
        help="A further model of the same task, for an app that switches between models. Repeatable.",
    ),
    option(
        "--remove-model",
        "remove",
        multiple=True,
        metavar="NAME",
        help="A model to remove, by its name in `edgegen status`. Repeatable.",
    ),
)
@click.option("--pretend", is_flag=True, help="List the result for each file; change nothing.")
@click.option("--no-verify", is_flag=True, help="Do not compare the updated project with PyTorch.")
@click.option("--keep", is_flag=True, help="Keep the update even if it fails the comparison.")
@output_options
def command(project: Path, pretend: bool, no_verify: bool, keep: bool, as_json: bool, **options: Any) -> int:
    """Update PROJECT to this edgegen, another model or other options, and keep your edits.

    Edits are merged line by line. Lines that both sides changed are marked in the file, and the exit code
    is 8. Options that you do not give keep their values. If the tools are installed, the result is compared
    with PyTorch first. If it differs, nothing changes and the exit code is 7.
    """
    from edgegen.base.progress import on_stderr
    from edgegen.cli import asking
    from edgegen.commands.update import update

    options["ask"] = asking.can_ask() and not as_json
    # 0 is a value, though it equals False.
    overrides = {
        name: value
        for name, value in options.items()
        if value is not None and value is not False and value != ()
    }
    with on_stderr() as progress:
        done = update(project, overrides, progress, pretend=pretend, proof=not no_verify, keep=keep)
    if as_json:
        print_json(_as_json(done, pretend))
    else:
        _print(done, pretend)
    return done.exit_code


def _as_json(done: "Update", pretend: bool) -> dict[str, Any]:
    plan = done.plan
    return {
        "project": str(done.project),
        "target": done.target,
        "changed": done.changed and not pretend,
        "would_change": done.changed,
        "model": {"from": asdict(done.model_before), "to": asdict(done.model_now)},
        "edgegen": {"from": done.version_before, "to": done.version_now},
        "options": {name: {"from": was, "to": now} for name, (was, now) in done.options.items()},
        "files": {name: _files(plan, name) for name in (*_TITLES, "conflicts")},
        "beside": plan.side_files | plan.without_place,
        "verified": None if done.report is None else done.report.to_json(),
        "notes": done.notes,
    }


def _files(plan: "MergePlan", kind: str) -> list[str]:
    """Return the files of one kind. A renamed file counts as renamed only."""
    files = list[str](getattr(plan, kind))
    return [name for name in files if name not in plan.without_place] if kind == "removed" else files


def _print(done: "Update", pretend: bool) -> None:
    plan = done.plan
    if not done.changed:
        click.echo(f"{done.project} is up to date with edgegen {done.version_now}")
        for note in done.notes:
            click.echo(note)
        return
    if done.model_before != done.model_now:
        before, now = _model(done.project, done.model_before), _model(done.project, done.model_now)
        click.echo(f"model: {before} -> {now}")
    if done.version_before != done.version_now:
        click.echo(f"templates: edgegen {done.version_before} -> {done.version_now}")
    for name, (old, new) in done.options.items():
        click.echo(f"{name}: {_value(old)} -> {_value(new)}")
    for name, title in _TITLES.items():
        print_files(title, _files(plan, name))
    if not (plan.changes or plan.conflicts):
        click.echo("only edgegen's record of the project changes")
    for note in done.notes:
        click.echo(note)
    if plan.conflicts:
        click.echo("\nconflicts, which you must resolve:")
        for name in plan.conflicts:
            if name in plan.side_files:
                click.echo(f"  {name}: yours is kept, edgegen's is in {plan.side_files[name]}")
            else:
                click.echo(f"  {name}: has both versions, between <<<<<<< and >>>>>>>")
    if done.report is not None:
        counted = f"{done.report.counted}: " if done.report.images else ""  # a template's tests have no count
        click.echo(f"\n{counted}{done.report.verdict}")
    if pretend:
        click.echo("\nNothing was changed.")
    elif not plan.conflicts and done.report is None:
        from edgegen.base.shell import quoted

        click.echo(f"\nCompare it with PyTorch: edgegen verify {quoted(done.project)}")


def _value(value: Any) -> str:
    return "unset" if value is None else str(value)


def _model(project: Path, model: "ModelSummary") -> str:
    from edgegen.commands.loaded_project import readable_origin

    size = "x".join(map(str, model.imgsz))
    about = (
        f", {model.task}, {how_many(model.classes, 'class')}, {size}, {model.precision}" if model.task else ""
    )
    return f"{readable_origin(project, model.origin)} (.pte {model.sha256[:12]}{about})"
