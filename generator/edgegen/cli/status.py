"""`edgegen status` and `edgegen diff`: how a project was made, pending updates, and the user's edits."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgegen.cli.common import PATH, output_options, print_json, verbose_option

if TYPE_CHECKING:
    from edgegen.commands.status import Status

_MOST = 20  # files in a list
_STATES = {
    "present": "unchanged",
    "changed": "changed since: use it with `edgegen update --model`",
    "missing": "missing",
}


@click.command("status", short_help="Show how a project was made, and your edits.")
@click.argument("project", type=PATH)
@output_options
def command(project: Path, as_json: bool) -> None:
    """Show how PROJECT was made, what you changed, and what an update would change."""
    from edgegen.base.progress import on_stderr
    from edgegen.commands.status import status

    with on_stderr() as progress:
        state = status(project, progress)
    if as_json:
        print_json({**asdict(state), "project": str(state.project)})
    else:
        _print(state)


@click.command("diff", short_help="Print your edits of a project as a patch.")
@click.argument("project", type=PATH)
@verbose_option
def diff_command(project: Path) -> None:
    """Print your edits of PROJECT as a patch for `git apply` in a new project.

    It includes files that you added or deleted. Binary files are named on stderr and left out.
    """
    from edgegen.base.progress import on_stderr
    from edgegen.commands.status import difference

    with on_stderr() as progress:
        edits = difference(project, progress)
        for line in edits.left_out:
            progress.note(f"not in the patch: {line}")
    click.echo(edits.text, nl=False)


def _origin(project: Path, recorded: str, sha256: str, state: str) -> str:
    """Return the checkpoint or export of a model, and whether it has changed."""
    from edgegen.commands.loaded_project import readable_origin

    digest = f" ({sha256[:12]})" if sha256 else ""
    return f"made from {readable_origin(project, recorded)}{digest}: {_STATES.get(state, 'an export')}"


def _print(state: "Status") -> None:
    click.echo(f"{state.project}: a project for {state.target}")
    click.echo(f"made by edgegen {state.versions.get('edgegen', '')}; this is {state.now}")
    if state.models:
        click.echo(f"{len(state.models)} models:")
        for each in state.models:
            origin = _origin(state.project, each["model"], each["checkpoint_sha256"], each["checkpoint_is"])
            click.echo(f"  {each['key']} in {each['folder']}, {origin}")
    else:
        model = state.checkpoint or str(state.options.get("model", ""))
        click.echo(_origin(state.project, model, state.checkpoint_sha256, state.checkpoint_is))
    options = [
        f"{name} {value}"
        for name, value in state.options.items()
        if value is not None and name not in {"model", "models"}
    ]
    click.echo(f"options: {', '.join(options)}")
    if not state.base:
        click.echo("there is no copy of edgegen's original files; an update adds it")
    print_files("edited", state.edited)
    print_files("deleted", state.deleted)
    print_files("added", state.added)
    print_files("conflicts of an earlier update", state.to_settle)
    for note in state.notes:
        click.echo(note)
    if state.brings:
        print_files("an update would change", state.brings)
    elif not state.notes:
        click.echo("an update with the same model would change no file")


def print_files(title: str, names: tuple[str, ...] | list[str]) -> None:
    """Print at most 20 files under a title; nothing if there are none."""
    if names:
        click.echo(f"{title}:")
        for name in names[:_MOST]:
            click.echo(f"  {name}")
        if len(names) > _MOST:
            click.echo(f"  and {len(names) - _MOST} more")
