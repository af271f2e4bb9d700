"""`edgegen status`: how a project was made, its owner's edits, and pending updates."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgegen.cli.common import PATH, json_option, print_json, verbose_option

if TYPE_CHECKING:
    from edgegen.commands.status import Status

_MOST = 20  # files of a kind, on a screen


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
    """Return a path that a project records, which counts from there, as it counts from here."""
    from edgegen.commands.resolve_model import readable

    path = project / recorded
    return str(readable(path)) if path.exists() else recorded


def _print(found: "Status") -> None:
    said = {
        "present": "it is there",
        "changed": "it is another by now: `edgegen update --model` takes it",
        "missing": "it is not there any more",
    }
    of = _shown(found.project, found.checkpoint or str(found.options.get("model", "")))
    digest = f" ({found.checkpoint_sha256[:12]})" if found.checkpoint_sha256 else ""
    about = said.get(found.checkpoint_is, "exported already")
    click.echo(f"{found.project}: a project for {found.target}")
    click.echo(f"made by edgegen {found.versions.get('edgegen', '')}; this is {found.now}")
    if found.models:
        click.echo(f"of {len(found.models)} models:")
        for each in found.models:
            digest = f" ({each['checkpoint_sha256'][:12]})" if each["checkpoint_sha256"] else ""
            about = said.get(each["checkpoint_is"], "exported already")
            of = _shown(found.project, each["model"])
            click.echo(f"  {each['key']}, in {each['folder']}, of {of}{digest}: {about}")
    else:
        click.echo(f"of {of}{digest}: {about}")
    of_models = {"model", "models"}
    told = {
        name: value for name, value in found.options.items() if value is not None and name not in of_models
    }
    click.echo("options: " + ", ".join(f"{name} {value}" for name, value in told.items()))
    if not found.base:
        click.echo("it holds no copy of what edgegen wrote; an update adds one")
    print_files("edited", found.edited)
    print_files("deleted", found.deleted)
    print_files("added", found.added)
    print_files("to settle, from an earlier update", found.to_settle)
    for note in found.notes:
        click.echo(note)
    if found.brings:
        print_files("an update would change", found.brings)
    elif not found.notes:
        click.echo("an update without another model would change no file")


def print_files(what: str, names: tuple[str, ...] | list[str]) -> None:
    """Print the files of a kind, but not hundreds; nothing where there are none."""
    if names:
        click.echo(f"{what}:")
        for name in names[:_MOST]:
            click.echo(f"  {name}")
        if len(names) > _MOST:
            click.echo(f"  and {len(names) - _MOST} more")
