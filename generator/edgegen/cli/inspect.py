"""`edgegen inspect`: show the facts about a model."""

from pathlib import Path
from typing import Any

import click

from edgegen.cli.common import output_options, print_json, print_table
from edgegen.cli.options import METADATA, group_of
from edgegen.project.option_table import DESCRIBED


@click.command("inspect", short_help="Show what a model is.")
@click.argument("model", required=False)
@METADATA
@click.option(
    "--supported",
    is_flag=True,
    help="List the supported tasks, sources, precisions, runtimes, backends and targets instead.",
)
@group_of(DESCRIBED)
@output_options
def command(
    model: str | None, metadata: Path | None, supported: bool, as_json: bool, **description: Any
) -> None:
    """Show what MODEL is: task, classes, sizes, contract, operators, backends, versions."""
    from edgegen.base.errors import UsageError
    from edgegen.commands import inspect
    from edgegen.commands.request import description_of

    if supported:
        if model or metadata:
            raise UsageError("--supported takes no model", "leave out --supported or the model")
        facts = inspect.supported()
    elif model is None:
        raise UsageError("there is no MODEL to inspect", "name a checkpoint or an export, or use --supported")
    else:
        facts = inspect.inspect_model(model, description_of({"metadata": metadata, **description}))
    if as_json:
        print_json(facts)
    else:
        rows = [(key.replace("_", " "), _words(value)) for key, value in facts.items()]
        print_table(("", ""), rows, header=False)


def _words(value: Any, between: str = "\n") -> str:
    """Return a value of JSON as text for a cell. `between` separates the entries of a mapping."""
    if isinstance(value, dict):
        return between.join(f"{key}: {_words(each, '; ')}" for key, each in value.items() if each != "")
    if isinstance(value, (list, tuple)):
        if len(value) > 20:
            return ", ".join(map(str, value[:20])) + f", and {len(value) - 20} more"
        separator = "\n" if any(isinstance(each, dict) for each in value) else ", "
        return separator.join(_words(each) for each in value)
    return str(value)
