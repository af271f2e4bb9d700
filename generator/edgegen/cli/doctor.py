"""`edgegen doctor`: list the tools of a target, and install missing ones."""

from typing import TYPE_CHECKING, Any

import click

from edgegen.cli.common import output_options, print_json, print_table

if TYPE_CHECKING:
    from edgegen.commands.doctor import Diagnosis


@click.command("doctor", short_help="List missing tools.")
@click.option(
    "--target",
    "names",
    multiple=True,
    default=["linux-cpp"],
    show_default=True,
    help="android, ios, linux-cpp, web or all. Repeatable.",
)
@click.option("--install", is_flag=True, help="Install what is missing.")
@output_options
def command(names: tuple[str, ...], install: bool, as_json: bool) -> int:
    """List every tool that a target needs, with its version or how to install it.

    Exit code 6: a tool that `edgegen new` or `edgegen verify` needs is missing. Tools that only building
    needs (the Android SDK, a Mac with Xcode) are listed, and not installed.
    """
    from edgegen import targets
    from edgegen.base.errors import ToolchainError
    from edgegen.base.progress import on_stderr
    from edgegen.commands import doctor

    chosen = targets.find_all(names)
    diagnoses = doctor.examine(*chosen)
    missing = [each for each in diagnoses if not each.found.usable]
    if install and missing:
        with on_stderr() as progress:
            doctor.install(missing, progress)
        diagnoses = doctor.examine(*chosen)
    blocked = any(each.blocking for each in diagnoses)
    if as_json:
        rows = [_row(each) for each in diagnoses]
        print_json({"targets": [each.name for each in chosen], "ok": not blocked, "tools": rows})
    else:
        _print(diagnoses)
    return ToolchainError.exit_code if blocked else 0


def _row(each: "Diagnosis") -> dict[str, Any]:
    return {
        "name": each.tool.name,
        "purpose": each.tool.purpose,
        "required": each.tool.required,
        "found": each.found.usable,
        "version": each.found.version,
        "problem": each.found.problem,
        "install": "" if each.found.usable else each.tool.how_to_install(),
    }


def _print(diagnoses: "list[Diagnosis]") -> None:
    rows = []
    for each in diagnoses:
        missing = "MISSING" if each.tool.required else "not here" if each.tool.informational else "optional"
        to_install = "" if each.found.usable else each.tool.how_to_install()
        mark = "ok" if each.found.usable else missing
        rows.append((mark, each.tool.name, str(each.found), each.tool.purpose, to_install))
    print_table(("", "tool", "version", "for", "to install"), rows)
