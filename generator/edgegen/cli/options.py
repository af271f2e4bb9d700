"""The click options of `edgegen.project.option_table`, in groups."""

import functools
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

import click
from cloup import option, option_group

from edgegen import tasks
from edgegen.base.errors import UsageError
from edgegen.cli.common import PATH, image_size, shorter_side, three_numbers
from edgegen.project import option_table
from edgegen.project.option_table import BY_FIELD, DESCRIBED, EXPORT, INT8_EXPORT, PROJECT, SHOWN, of_concern

_Function = TypeVar("_Function", bound=Callable[..., Any])
_Decorator = Callable[[Any], Any]

_TEMPLATE_GROUP = "Custom template"
_A_MODEL = (
    "A checkpoint (.pt), an .onnx, .torchscript or .pt2 file, an export folder, a .pte, a project, or a "
    "name: yolo11n.pt, torchvision:resnet18."
)
_SAME = "The argument MODEL means the same."
METADATA = option("--metadata", type=PATH, help="The metadata.yaml of a .pte (default: the one next to it).")
TARGETS = option(
    "--target", "targets", multiple=True, help="android, ios, linux-cpp, web or all. Repeatable."
)


class _Head(click.ParamType):  # type: ignore[type-arg]
    """The names of all tasks' heads. The tasks are imported only when needed."""

    name = "head"

    def get_metavar(self, *arguments: Any, **more: Any) -> str | None:
        """Return the metavar of a choice of all heads."""
        return click.Choice(tasks.heads()).get_metavar(*arguments, **more)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the head, or fail as a choice fails."""
        return click.Choice(tasks.heads()).convert(value, param, ctx)


_TYPES: dict[str, Any] = {
    option_table.PATH: PATH,
    option_table.SIZE: image_size,
    option_table.NUMBERS: three_numbers,
    option_table.NUMBER: float,
    option_table.COUNT: int,
    option_table.RESIZE: shorter_side,
    option_table.HEAD: _Head(),
}


def decorator(field: str, *, of_project: bool = False) -> _Decorator:
    """Return the decorator that adds an option of the table.

    `of_project`: the command changes a project, so that an option that is not given keeps its value.
    """
    entry = BY_FIELD[field]
    default = "unchanged" if of_project and (entry.default_text or entry.default) else entry.default_text
    more: dict[str, Any] = {"metavar": entry.metavar} if entry.metavar else {}
    if entry.kind == option_table.SWITCH:
        more["is_flag"] = True
    else:
        more["type"] = click.Choice(entry.choices) if entry.choices else _TYPES.get(entry.kind)
        more["multiple"] = entry.repeatable
        if entry.default is not None and not of_project:
            more |= {"default": entry.default, "show_default": True}
    text = f"{entry.help} (default: {default})" if default else entry.help
    return option(entry.spelled, field, help=text if text.endswith(".") else f"{text}.", **more)


def group_of(concern: str, *first: _Decorator, of_project: bool = False) -> Callable[[_Function], _Function]:
    """Return the decorator that adds the options of a concern, after the options `first`."""
    entries = (decorator(entry.field, of_project=of_project) for entry in of_concern(concern))
    return option_group(concern, *first, *entries)


def _parse_answers(answers: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return the names and values of --data."""
    found = []
    for text in answers:
        name, equals, value = text.partition("=")
        if not name.strip() or not equals:
            raise click.BadParameter(f"{text!r} is not an answer: use name=value", param_hint="'--data'")
        found.append((name.strip(), value))
    return tuple(found)


_TEMPLATE = option(
    "--template", metavar="FOLDER|GIT-URL[@TAG]", help="A custom copier template, instead of a target."
)
DATA = option(
    "--data",
    multiple=True,
    metavar="NAME=VALUE",
    callback=lambda _context, _option, answers: _parse_answers(answers),
    help="An answer to a question of the template. Repeatable.",
)
TRUST = option("--trust", is_flag=True, help="Allow the template to run programs.")


def model_options(
    function: _Function, *, may_be_missing: bool = False, repeatable: bool = False
) -> _Function:
    """Add MODEL, --model and the export options.

    repeatable: --model may be repeated; the models after the first are the argument `extra_models`.
    """

    @functools.wraps(function)
    def with_model(*, model: str | tuple[str, ...] | None, named_model: str | None, **options: Any) -> Any:
        models: Sequence[str | None] = model if isinstance(model, tuple) else (model,)
        if repeatable:
            options["extra_models"] = tuple(models[1:])
        argument = _one_model(models[0] if models else None, named_model)
        if argument is None and not may_be_missing:
            raise no_model()
        return function(model=argument, **options)

    named = click.argument("named_model", required=False, metavar="[MODEL]")
    more = "Repeat it for one app that switches between models." if repeatable else _SAME
    which = option("--model", metavar="MODEL", multiple=repeatable, help=f"{_A_MODEL} {more}")
    return named(export_options(cast("_Function", with_model), which, METADATA))


def no_model() -> UsageError:
    """Return the error of a missing MODEL."""
    return UsageError("there is no MODEL", "name a checkpoint, such as best.pt or yolo11n.pt, or an export")


def _one_model(option: str | None, argument: str | None) -> str | None:
    if option is not None and argument is not None and option != argument:
        raise UsageError(
            f"MODEL is {argument}, and --model is {option}",
            "leave one out; for an app with several models, give each with --model",
        )
    return argument if option is None else option


def export_options(function: _Function, *which: _Decorator) -> _Function:
    """Add the options of an export after the options `which`, which choose the model."""
    force = click.option(
        "--force", is_flag=True, help="Overwrite your edits, or a folder that edgegen did not make."
    )
    return group_of(EXPORT, *which)(group_of(DESCRIBED)(group_of(INT8_EXPORT)(force(function))))


def template_options(function: _Function) -> _Function:
    """Add the options of a custom template."""
    return option_group(_TEMPLATE_GROUP, _TEMPLATE, DATA, TRUST)(function)


def update_options(*more: _Decorator) -> Callable[[_Function], _Function]:
    """Return a decorator for the options of `new` that apply to an existing project.

    Options without a value are None or empty. `more` options choose models.
    """

    def add(function: _Function) -> _Function:
        model = option(
            "--model",
            metavar="MODEL",
            help="Another model: a checkpoint, an export folder, a .pte (default: the current one).",
        )
        function = template_options(function)
        for concern in (SHOWN, PROJECT, INT8_EXPORT, DESCRIBED):  # the last decorator is the first in --help
            function = group_of(concern, of_project=True)(function)
        return group_of(EXPORT, model, *more, METADATA, of_project=True)(function)

    return add
