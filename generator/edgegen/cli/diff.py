"""`edgegen diff`: the user's edits of a project, as a patch."""

from pathlib import Path

import click

from edgegen.cli.common import PATH, verbose_option


@click.command("diff", short_help="Print your edits of a project as a patch.")
@click.argument("project", type=PATH)
@verbose_option
def command(project: Path) -> None:
    """Print your edits of PROJECT as a patch for `git apply` in a new project.

    It includes files that you added or deleted. Binary files are named on stderr and left out.
    """
    from edgegen.base.progress import on_stderr
    from edgegen.commands.status import difference

    with on_stderr() as progress:
        found = difference(project, progress)
        for line in found.left_out:
            progress.note(f"not in the patch: {line}")
    click.echo(found.text, nl=False)
