"""The questions of `edgegen new` and `edgegen export` on a terminal, for missing options."""

import json
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click
from click.core import ParameterSource

from edgegen.base import app_ids, naming
from edgegen.base.errors import EdgegenError, InputError, MissingOptionsError
from edgegen.base.shell import quoted
from edgegen.project.option_table import BY_FIELD, CONFIDENCE, IOU, OPTIONS

if TYPE_CHECKING:
    from edgegen.sources.description import Description
    from edgegen.sources.source import ModelSource

_DEPTH: Final = 5  # levels of folders: ./runs/detect/birds/weights/best.pt
_MOST_MODELS: Final = 9  # in a list: the newest
_MOST_CLASSES: Final = 8  # in a question
_OFFICIAL: Final = "yolo11n.pt"

_Check = Callable[[str], str]  # returns the answer, or raises an error to ask again
_Result = TypeVar("_Result")


def can_ask() -> bool:
    """Return whether a user can be asked: stdin and stderr are a terminal."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


def ask_missing(options: Mapping[str, Any]) -> dict[str, Any]:
    """Ask for the usual options if model or target is missing. Print the command, and return all options."""
    has_target = bool(options["targets"]) or options["template"] is not None
    if options["model"] is not None and has_target:
        return dict(options)
    from edgegen import targets
    from edgegen.commands.multi_model import check_target
    from edgegen.commands.request import description_of
    from edgegen.commands.resolve_model import find_model, model_name

    for model in options["extra_models"]:  # find typing errors before the first question
        find_model(model)
    if options["template"] is not None:
        from edgegen.project.custom_template.source import parse

        parse(options["template"])
    elif options["extra_models"]:
        check_target([each for each in targets.find_all([targets.ALL]) if each.multi_model], options["app"])
    answers: dict[str, Any] = dict(options)
    if answers["model"] is None:
        answers["model"] = _model(description_of(options))
    source = find_model(answers["model"], description_of(options))
    if not has_target:
        answers["targets"] = (_target(several=bool(options["extra_models"])),)
    if answers["name"] is None:
        answers["name"] = _ask("The app's display name", model_name(source), naming.check_display_name)
    title = "The same command without these questions; --data answers the template's:"
    if options["template"] is None:  # a template asks later: its defaults may depend on the model
        title = "The same without questions:"
        answers |= _app_ids(answers)
        shown, answers = with_answers(answers, _shown_options)
        answers |= shown
    _say(f"\n{title}\n\n    {_command(options, answers)}\n")
    return answers


def with_answers(
    options: dict[str, Any], make: Callable[[Mapping[str, Any]], _Result]
) -> tuple[_Result, dict[str, Any]]:
    """Return make(options) and the options. If some are missing, ask for them, and make it again."""
    try:
        return make(options), options
    except MissingOptionsError as error:
        answered = {**options, **_describe(error)}
    return make(answered), answered


def _describe(error: MissingOptionsError) -> dict[str, Any]:
    """Return the answers by field. There is no default: a usual value need not be the right one."""
    click.echo(f"\n{error.message}.", err=True)
    parameters = {parameter.name: parameter for parameter in click.get_current_context().command.params}
    answers = {}
    for field, entry in BY_FIELD.items():
        if entry.spelled in error.examples:
            question = f"{entry.help.rstrip('.')} (usual: {error.examples[entry.spelled]})"
            answers[field] = click.prompt(question, type=parameters[field].type, err=True)
    return answers


def say_command(options: Mapping[str, Any], answers: Mapping[str, Any]) -> None:
    """Print the equivalent of the typed options with the answers."""
    _say(f"\nThe same without questions:\n\n    {_command(options, answers)}")


def say_answers(project: Path) -> None:
    """Print the --data options that repeat the answers to a template's questions."""
    from edgegen.project import manifest
    from edgegen.targets.custom_template.target import template_record

    record = manifest.read(project)
    template = template_record(record) if record is not None else {}
    answers = {**template.get("data", {}), **template.get("answers", {})}
    words = []
    for name, value in answers.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
        words.append(f"{name}={text}")
    words += [f"{name}=..." for name in template.get("secrets", ())]
    if words:
        options = " ".join(f"--data {quoted(each)}" for each in words)
        _say(f"\nYour answers to the template's questions:\n\n    {options}")


def _app_ids(answers: Mapping[str, Any]) -> dict[str, str]:
    """Ask for the ids of phone apps. Return the answers that are not the default."""
    from edgegen import targets

    takes = {option for target in targets.find_all(answers["targets"]) for option in target.options}
    name = answers["name"]
    ids = (
        ("package", "Android package", app_ids.default_package(name), app_ids.check_package),
        ("bundle_id", "iOS bundle id", app_ids.default_bundle_id(name), app_ids.check_bundle_id),
    )
    changed = {}
    for option, title, default, check in ids:
        if option in takes and answers[option] is None:
            answer = _ask(f"{title} (must be unique)", default, check)
            if answer != default:
                changed[option] = answer
    return changed


def _shown_options(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Ask for the classes and thresholds that the model's task has."""
    from edgegen.commands.request import description_of
    from edgegen.commands.resolve_model import find_model
    from edgegen.model.class_selection import ALL_CLASSES, resolve_classes

    choices, classes = _choices(find_model(answers["model"], description_of(answers)), answers)
    asked: dict[str, Any] = {}
    if "classes" in choices and answers["classes"] is None:
        names = ", ".join(classes[:_MOST_CLASSES]) + (", ..." if len(classes) > _MOST_CLASSES else "")
        question = f"Classes to show, of {names}: names or numbers, separated by commas"

        def check(text: str) -> str:
            if classes and text != ALL_CLASSES:
                resolve_classes(classes, text)
            return text

        answer = _ask(question, ALL_CLASSES, check)
        if answer != ALL_CLASSES:
            asked["classes"] = answer
    source_of = click.get_current_context().get_parameter_source
    if "confidence" in choices and source_of("confidence") is ParameterSource.DEFAULT:
        question = "Confidence threshold, 0 to 1: lower values show more detections, and more false ones"
        asked["confidence"] = float(_ask(question, f"{CONFIDENCE:g}", _threshold))
    if "iou" in choices and source_of("iou") is ParameterSource.DEFAULT:
        asked["iou"] = float(_ask("IoU threshold of NMS, 0 to 1", f"{IOU:g}", _threshold))
    return asked


def _choices(source: "ModelSource", options: Mapping[str, Any]) -> tuple[Collection[str], Sequence[str]]:
    """Return what an app can be asked for (`Task.choices`), and the classes. Opens a checkpoint."""
    from edgegen import tasks
    from edgegen.base.progress import on_stderr

    if source.is_exported:
        spec = source.spec
        task, classes, has_nms = spec.task, tuple(spec.class_names), spec.output.needs_nms
    else:
        with on_stderr() as progress:
            path = source.file(progress, fetch=not options["pretend"])
            progress.step("Read the checkpoint")
            from edgegen.export.options import choose_head
            from edgegen.model.spec import needs_nms

            opened = source.open(path)
        task, classes = opened.facts.task, opened.facts.class_names
        has_nms = needs_nms(choose_head(options["head"], opened))
    return {each for each in tasks.find(task).choices if each != "iou" or has_nms}, classes


def _model(description: "Description") -> str:
    from edgegen.commands.resolve_model import find_model

    def check(text: str) -> str:
        find_model(text, description)
        return text

    models = _models_here()
    if not models:
        _say("The model: a checkpoint (.pt), an exported folder, or a name to download.")
        return _ask("Model", _OFFICIAL, check)
    _say("The model: a number, a path, or a name to download, such as yolo11n.pt or torchvision:resnet18.")
    choose = _one_of(models, others=True)
    return _ask("Model", "1", lambda text: check(choose(text)))


def _models_here() -> list[str]:
    """Return the models below this folder, the newest first."""
    from edgegen.commands.batch_list import models_below

    models = list[Path]()
    with suppress(InputError, OSError):  # a folder cannot be read: return the models found so far
        models.extend(islice(models_below(Path(), [], _DEPTH), 1000))
    models.sort(key=_modified, reverse=True)
    return [str(path) for path in models[:_MOST_MODELS]]


def _modified(path: Path) -> float:
    """Return the time of the last change in seconds; 0 for a link that leads nowhere."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _target(*, several: bool) -> str:
    from edgegen import targets

    names = [name for name in targets.names() if targets.find(name).multi_model or not several]
    words = [targets.find(name).description for name in names]
    if len(names) > 1:
        names, words = [*names, targets.ALL], [*words, "all of these, from one export"]
    _say("\nThe kind of app:")
    return _ask("Target", "1", _one_of(names, words))


def _one_of(choices: Sequence[str], words: Sequence[str] = (), *, others: bool = False) -> _Check:
    """List the choices. Return a check that accepts a number or a name, and other text if `others`."""
    width = max(map(len, choices))
    for number, choice in enumerate(choices, start=1):
        description = words[number - 1] if words else ""
        _say(f"  {number}  {choice:{width}}  {description}".rstrip())

    def check(text: str) -> str:
        if text.isascii() and text.isdigit() and 1 <= int(text) <= len(choices):
            return choices[int(text) - 1]
        if text in choices or (others and text and not text.isdigit()):
            return text
        raise click.BadParameter(f"{text!r} is none of them: type a number from 1 to {len(choices)}")

    return check


def _threshold(text: str) -> str:
    with suppress(ValueError):
        if 0 <= float(text) <= 1:
            return text
    raise click.BadParameter(f"{text!r} is not a number from 0 to 1")


def _ask(question: str, default: str, check: _Check) -> str:
    """Ask until the check accepts the answer."""

    def checked(text: str) -> str:
        try:
            return check(text.strip())
        except EdgegenError as error:
            raise click.BadParameter(f"{error.message}: {error.hint}") from error

    answer: str = click.prompt(question, default=default, value_proc=checked, err=True)
    return answer


def _command(options: Mapping[str, Any], answers: Mapping[str, Any]) -> str:
    """Return the typed command with the answers."""
    words = sys.argv[1:] or ["new"]
    if options["model"] is None:
        words += ["--model", answers["model"]]
    for target in () if options.get("targets") else answers.get("targets", ()):
        words += ["--target", target]
    for option in OPTIONS:
        if answers.get(option.field) != options.get(option.field):
            for text in option.texts(answers[option.field]):
                words += [option.spelled, text]
    return " ".join(["edgegen", *map(quoted, words)])


def _say(line: str) -> None:
    click.echo(line, err=True)
