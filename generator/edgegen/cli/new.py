"""`edgegen new` and `edgegen export`: make app projects, or only the exported model."""

import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import cloup
from cloup import option

from edgegen.base.model_files import PTE_NAME
from edgegen.base.text import how_many
from edgegen.cli.common import PATH, output_options, print_json
from edgegen.cli.options import TARGETS, group_of, model_options, no_model, template_options
from edgegen.project.option_table import PROJECT, SHOWN

if TYPE_CHECKING:
    from edgegen.project.building import BuiltProject


@cloup.command("new", short_help="Make an app project from a model.")
@partial(model_options, may_be_missing=True, repeatable=True)
@group_of(
    PROJECT,
    TARGETS,
    option(
        "--output",
        type=PATH,
        help="The project's folder (default: ./<model>-<target>). With several targets, each gets a folder "
        "inside it.",
    ),
)
@group_of(SHOWN)
@template_options
@click.option("--pretend", is_flag=True, help="List the files without writing them.")
@click.option("--yes", is_flag=True, help="Never ask a question.")
@output_options
def command(as_json: bool, yes: bool, **options: Any) -> None:
    """Make a complete app project from a model.

    A checkpoint is exported to ExecuTorch first. The project holds the model, its constants, and golden
    vectors for tests that compare the app with PyTorch. Several --model of one task make one app that
    switches between them. On a terminal, the command asks for a missing MODEL or --target, and shows the
    equivalent command.
    """
    from edgegen.base.progress import on_stderr
    from edgegen.cli import asking
    from edgegen.commands.new import create
    from edgegen.commands.request import Request

    typed = options
    if asking.can_ask() and not (yes or as_json):
        options = {**asking.ask_missing(options), "ask": True}
    if options["model"] is None:
        raise no_model()
    if not options["targets"] and options["template"] is None:
        raise click.MissingParameter(param_hint="'--target'", param_type="option")
    since = time.monotonic()

    def make(complete: Mapping[str, Any]) -> "list[BuiltProject]":
        with on_stderr() as progress:
            return create(Request(**complete), progress)

    if options.get("ask"):
        projects, complete = asking.with_answers(options, make)
        if complete != options:
            asking.say_command(typed, complete)
    else:
        projects = make(options)
    if as_json:
        seconds = round(time.monotonic() - since, 3)
        more = {"more": list(options["extra_models"])} if options["extra_models"] else {}
        rows = [_row(each) for each in projects]
        print_json({"model": options["model"], **more, "seconds": seconds, "projects": rows})
    elif options["pretend"]:
        for each in projects:
            click.echo(f"Would write {how_many(len(each.files), 'file')} to {each.path}:")
            for name in each.files:
                click.echo(f"  {name}")
    else:
        for each in projects:
            if options.get("ask"):
                asking.say_answers(each.path)
            _say_what_next(each)


def _row(project: "BuiltProject") -> dict[str, Any]:
    return {
        "project": str(project.path),
        "target": project.target,
        "files": list(project.files),
        "kept": list(project.edits.kept),
        "overwritten": list(project.edits.lost),
    }


def _say_what_next(project: "BuiltProject") -> None:
    from edgegen import targets
    from edgegen.base.shell import quoted
    from edgegen.project import manifest

    record = manifest.read(project.path)
    steps = targets.of(record).next_steps if record else ()
    what = f"{'An' if project.target[0] in 'aeiou' else 'A'} {project.target} project"
    here = project.path == Path()
    where = "this folder" if here else project.path
    path, files = quoted(project.path), how_many(len(project.files), "file")
    click.echo(f"\n{what} of {files} is in {where}.{' Type:' if steps else ''}\n")
    if steps:
        for line in (*([] if here else [f"cd {path}"]), *steps):
            click.echo(f"    {line}")
        click.echo()
    let = "or let" if steps else "Let"
    click.echo(f"{let} edgegen build it and compare it with PyTorch: edgegen verify {path}")


@cloup.command("export", short_help="Export a checkpoint to ExecuTorch.")
@model_options
@TARGETS
@click.option("--output", type=PATH, help="The folder to make (default: ./<model>-exported).")
@click.option("--yes", is_flag=True, help="Never ask a question.")
@output_options
def export_command(as_json: bool, yes: bool, **options: Any) -> None:
    """Export a checkpoint to ExecuTorch: model.pte, metadata.yaml and golden vectors.

    `edgegen new --model FOLDER` makes projects from the folder without exporting again. On a terminal, the
    command asks for missing options that describe the model file. With --target, the folder also has the
    programs that apps of these targets use: model.onnx for web.
    """
    from edgegen.base.progress import on_stderr
    from edgegen.base.shell import quoted
    from edgegen.cli import asking
    from edgegen.commands.new import export_only
    from edgegen.commands.request import ExportRequest

    since = time.monotonic()

    def make(complete: Mapping[str, Any]) -> tuple[Path, list[str]]:
        with on_stderr() as progress:
            return export_only(ExportRequest(**complete), progress)

    if asking.can_ask() and not (yes or as_json):
        (folder, files), complete = asking.with_answers(options, make)
        if complete != options:
            asking.say_command(options, complete)
    else:
        folder, files = make(options)
    if as_json:
        seconds = round(time.monotonic() - since, 3)
        print_json({"model": options["model"], "seconds": seconds, "output": str(folder), "files": files})
    else:
        click.echo(f"\n{folder / PTE_NAME} is ready. Type:\n")
        target = next(iter(options["targets"]), "linux-cpp")
        click.echo(f"    edgegen new --model {quoted(folder)} --target {quoted(target)}")
