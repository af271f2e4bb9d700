"""`edgegen status`: how a project was made, the user's edits, and pending updates."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgegen.cli.common import PATH, json_option, print_json, verbose_option

if TYPE_CHECKING:
    from edgegen.commands.status import Status

_MOST = 20  # files in a list


@click.command("status", short_help="Show how a project was made, and your edits.")
@click.argument("project", type=PATH)
@json_option
@verbose_option
def command(project: Path, as_json: bool) -> None:
    """Show how PROJECT was made, what you changed, and what an update would change."""
    from edgegen.base.progress import on_stderr
    from edgegen.commands.status import status

    with on_stderr() as progress:
        found = status(project, progress)
    if as_json:
        print_json({**asdict(found), "project": str(found.project)})
    else:
        _print(found)


def _shown(project: Path, recorded: str) -> str:
    """Return a recorded path, which is relative to the project, relative to the current folder."""
    from edgegen.commands.resolve_model import readable

    path = project / recorded
    return str(readable(path)) if path.exists() else recorded


def _print(found: "Status") -> None:
    states = {
        "present": "unchanged",
        "changed": "changed since: use it with `edgegen update --model`",
        "missing": "missing",
    }
    model = _shown(found.project, found.checkpoint or str(found.options.get("model", "")))
    digest = f" ({found.checkpoint_sha256[:12]})" if found.checkpoint_sha256 else ""
    state = states.get(found.checkpoint_is, "an export")
    click.echo(f"{found.project}: a project for {found.target}")
    click.echo(f"made by edgegen {found.versions.get('edgegen', '')}; this is {found.now}")
    if found.models:
        click.echo(f"{len(found.models)} models:")
        for each in found.models:
            digest = f" ({each['checkpoint_sha256'][:12]})" if each["checkpoint_sha256"] else ""
            state = states.get(each["checkpoint_is"], "an export")
            model = _shown(found.project, each["model"])
            click.echo(f"  {each['key']} in {each['folder']}, made from {model}{digest}: {state}")
    else:
        click.echo(f"made from {model}{digest}: {state}")
    options = [
        f"{name} {value}"
        for name, value in found.options.items()
        if value is not None and name not in {"model", "models"}
    ]
    click.echo(f"options: {', '.join(options)}")
    if not found.base:
        click.echo("there is no copy of the files as edgegen wrote them; an update adds it")
    print_files("edited", found.edited)
    print_files("deleted", found.deleted)
    print_files("added", found.added)
    print_files("conflicts of an earlier update", found.to_settle)
    for note in found.notes:
        click.echo(note)
    if found.brings:
        print_files("an update would change", found.brings)
    elif not found.notes:
        click.echo("an update with the same model would change no file")


def print_files(title: str, names: tuple[str, ...] | list[str]) -> None:
    """Print at most 20 files under a title; nothing if there are none."""
    if names:
        click.echo(f"{title}:")
        for name in names[:_MOST]:
            click.echo(f"  {name}")
        if len(names) > _MOST:
            click.echo(f"  and {len(names) - _MOST} more")
