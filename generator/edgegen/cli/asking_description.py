"""The questions about a model file that does not say how its pictures are prepared."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from edgegen.base.errors import MissingOptionsError
from edgegen.project.option_table import BY_FIELD

_Result = TypeVar("_Result")


def with_answers(
    options: dict[str, Any], make: Callable[[Mapping[str, Any]], _Result]
) -> tuple[_Result, dict[str, Any]]:
    """Return make(options) and the options. If some are missing, ask for them, and make it again."""
    try:
        return make(options), options
    except MissingOptionsError as error:
        answered = {**options, **_ask(error)}
    return make(answered), answered


def _ask(error: MissingOptionsError) -> dict[str, Any]:
    """Return the answers by field. There is no default: a usual value need not be the right one."""
    click.echo(f"\n{error.message}.", err=True)
    parameters = {parameter.name: parameter for parameter in click.get_current_context().command.params}
    answers = {}
    for field, entry in BY_FIELD.items():
        if entry.spelled in error.usual:
            question = f"{entry.help.rstrip('.')} (usual: {error.usual[entry.spelled]})"
            answers[field] = click.prompt(question, type=parameters[field].type, err=True)
    return answers
