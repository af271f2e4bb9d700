"""The questions of `edgegen new` on a terminal, for what it was not told. Nothing of it is remembered."""

import json
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from click.core import ParameterSource

from edgegen.project.option_table import BY_FIELD, CONFIDENCE, IOU

if TYPE_CHECKING:
    from edgegen.sources.source import ModelSource

_DEEP: Final = 5  # folders: ./runs/detect/birds/weights/best.pt
_MOST: Final = 9  # models that are offered: the newest
_MOST_NAMED: Final = 8  # classes in a question
_OFFICIAL: Final = "yolo11n.pt"
_ALL_CLASSES: Final = "all"


def possible() -> bool:
    """Tell whether somebody sits there: what goes through a pipe or a job is never asked."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


def completed(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options, asking for the usual ones that nobody gave where model or target lacks.

    The command that says the same stands on stderr then.
    """
    decided = bool(given["targets"]) or given["template"] is not None
    if given["model"] is not None and decided:
        return dict(given)
    from edgegen.base import naming
    from edgegen.commands.prepare_model import model_name
    from edgegen.commands.resolve_model import find_model

    for model in given["more"]:  # before anything is asked: what is mistyped is typed again anyhow
        find_model(model)
    if given["template"] is not None:
        from edgegen.project.custom_template.source import parse

        parse(given["template"])
    elif given["more"]:
        _check_app(given["app"])
    answers = dict(given)
    if answers["model"] is None:
        answers["model"] = _model()
    source = find_model(answers["model"], given["metadata"])
    if not decided:
        answers["targets"] = (_target(several=bool(given["more"])),)
    if answers["name"] is None:
        default = model_name(source)
        answers["name"] = _ask(
            "The app's name, as people read it on the screen", default, _checked(naming.check_display_name)
        )
    if given["template"] is None:
        answers |= _details(source, answers)
    command = f"    {_command(given, answers)}\n"
    if given["template"] is None:
        _say(f"\nThe same without questions:\n\n{command}")
    else:  # it asks once it is rendered: its defaults may depend on the model
        _say(f"\nThe same command without these questions; --data answers the template's:\n\n{command}")
    return answers


def _check_app(app: str | None) -> None:
    """Raise UsageError if the chosen app shows one model only."""
    from edgegen import targets
    from edgegen.commands.multi_model import check_target

    check_target([each for each in targets.find_all([targets.ALL]) if each.multi_model], app)


def say_answers(project: Path) -> None:
    """Print the --data options that repeat the answers to a template's questions."""
    from edgegen.base.shell import quoted
    from edgegen.project import manifest
    from edgegen.targets.custom_template.target import template_record

    known = manifest.read(project)
    record = template_record(known) if known is not None else {}
    answers = {**record.get("data", {}), **record.get("answers", {})}
    said = [
        *(f"{name}={_as_data(value)}" for name, value in answers.items()),
        *(f"{name}=..." for name in record.get("secrets", ())),
    ]
    if said:
        options = " ".join(f"--data {quoted(each)}" for each in said)
        _say(f"\nYour answers to the template's questions:\n\n    {options}")


def _as_data(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _details(source: "ModelSource", answers: Mapping[str, Any]) -> dict[str, Any]:
    """Ask what an app is called among others, and what it shows; what is usual is not told again."""
    from edgegen import targets
    from edgegen.base import naming

    takes = {option for target in targets.find_all(answers["targets"]) for option in target.options}
    slug = naming.slug(answers["name"])
    ids = (
        ("package", "Android package", naming.default_package, naming.check_package),
        ("bundle_id", "iOS bundle id", naming.default_bundle_id, naming.check_bundle_id),
    )
    told: dict[str, Any] = {}
    for option, called, usual, check in ids:
        if option in takes and answers[option] is None:
            answer = _ask(f"Its {called}, which no other app has", usual(slug), _checked(check))
            told |= {option: answer} if answer != usual(slug) else {}
    shown, classes = _known_of(source, answers)
    if "classes" in shown and answers["classes"] is None:
        named = ", ".join(classes[:_MOST_NAMED]) + (", ..." if len(classes) > _MOST_NAMED else "")
        question = f"Classes to show, of {named}: names or numbers, with commas between them"
        answer = _ask(question, _ALL_CLASSES, _some_of(classes))
        told |= {"classes": answer} if answer != _ALL_CLASSES else {}
    if "confidence" in shown and not _was_typed("confidence"):
        question = "The lowest score to show, 0 to 1: lower shows more, and more that is wrong"
        told["confidence"] = float(_ask(question, f"{CONFIDENCE:g}", _score))
    if "iou" in shown and not _was_typed("iou"):
        question = "How much boxes of one class may overlap, 0 to 1"
        told["iou"] = float(_ask(question, f"{IOU:g}", _score))
    return told


def _was_typed(option: str) -> bool:
    """Tell whether an option that has a default was given, if only that."""
    return click.get_current_context().get_parameter_source(option) is not ParameterSource.DEFAULT


def _known_of(source: "ModelSource", given: Mapping[str, Any]) -> tuple[Collection[str], Sequence[str]]:
    """Return what the app of a model can be asked for, and the model's classes.

    A checkpoint is opened for it, and fetched if it has to be: both are to come anyhow, and a question that
    means nothing to it would only be refused afterwards.

    Raises:
        EdgegenError: It cannot be used, as `new` would say after all questions.
    """
    from edgegen import tasks
    from edgegen.artifacts.model_reader import load_model_spec
    from edgegen.base.progress import on_stderr
    from edgegen.sources.exported import ExportedSource
    from edgegen.sources.source import OpenableSource

    if isinstance(source, ExportedSource):
        spec = load_model_spec(source.pte, source.metadata)
        task, classes, has_nms = spec.task, tuple(spec.class_names), spec.output.needs_nms
    elif isinstance(source, OpenableSource):
        with on_stderr() as progress:
            path = source.file(progress, fetch=not given["pretend"])
            progress.step("Read the checkpoint")
            from edgegen.export.options import choose_head

            opened = source.open(path)
        task, classes = opened.facts.task, opened.facts.class_names
        has_nms = choose_head(given["head"], opened) != "end2end"
    else:
        return (), ()
    return {each for each in tasks.find(task).choices if each != "iou" or has_nms}, classes


def _model() -> str:
    found = _models_about()
    if not found:
        _say("The model: a checkpoint (.pt), an exported folder, or an official name, which is fetched.")
        return _ask("Model", _OFFICIAL, _model_there)
    _say("The model: a number, a path, or an official name such as yolo11n.pt, which is fetched.")
    chosen = _one_of(found, others=True)
    return _ask("Model", "1", lambda text: _model_there(chosen(text)))


def _model_there(text: str) -> str:
    """Take a model that is there, as far as a look tells, or an official name."""
    from edgegen.commands.resolve_model import find_model

    def check(text: str) -> str:
        find_model(text)
        return text

    return _checked(check)(text)


def _models_about() -> list[str]:
    """Return the models below this folder, the newest first."""
    from itertools import islice

    from edgegen.base.errors import InputError
    from edgegen.commands.batch_list import models_below

    found = list[Path]()
    with suppress(InputError, OSError):  # a folder that cannot be read: what was found until then
        for path in islice(models_below(Path(), [], _DEEP), 1000):
            found.append(path)
    with suppress(OSError):
        found.sort(key=lambda path: -path.stat().st_mtime)
    return [str(path) for path in found[:_MOST]]


def _target(*, several: bool) -> str:
    from edgegen import targets

    names = [name for name in targets.names() if targets.find(name).multi_model or not several]
    _say("\nWhat it is to become:")
    words = [targets.find(name).description for name in names]
    if len(names) > 1:
        names, words = [*names, targets.ALL], [*words, "all of these, of one export"]
    return _ask("Target", "1", _one_of(names, words))


def _one_of(
    choices: Sequence[str], words: Sequence[str] = (), *, others: bool = False
) -> Callable[[str], str]:
    """List choices, and return what takes one of them: by its number, or written out; or anything else."""
    width = max(map(len, choices))
    for number, choice in enumerate(choices, start=1):
        said = words[number - 1] if words else ""
        _say(f"  {number}  {choice:{width}}  {said}".rstrip())

    def taken(text: str) -> str:
        text = text.strip()
        if text.isascii() and text.isdigit() and 1 <= int(text) <= len(choices):
            return choices[int(text) - 1]
        if text in choices or (others and text and not text.isdigit()):
            return text
        raise click.BadParameter(f"{text!r} is none of them: type a number from 1 to {len(choices)}")

    return taken


def _checked(check: Callable[[str], str]) -> Callable[[str], str]:
    """Have what a check refuses asked again, with its reason."""
    from edgegen.base.errors import EdgegenError

    def taken(text: str) -> str:
        try:
            return check(text.strip())
        except EdgegenError as error:
            raise click.BadParameter(f"{error.message}: {error.hint}") from error

    return taken


def _some_of(classes: Sequence[str]) -> Callable[[str], str]:
    """Take some of these classes, or all; where they are not known, any."""
    from edgegen.model.class_selection import resolve_classes

    def check(text: str) -> str:
        if classes and text != _ALL_CLASSES:
            resolve_classes(classes, text)
        return text

    return _checked(check)


def _score(text: str) -> str:
    with suppress(ValueError):
        if 0 <= float(text) <= 1:
            return text.strip()
    raise click.BadParameter(f"{text!r} is no number from 0 to 1")


def _any(text: str) -> str:
    return text.strip()


def _ask(question: str, default: str, taken: Callable[[str], str]) -> str:
    answer: str = click.prompt(question, default=default, value_proc=taken, err=True)
    return answer


def _command(given: Mapping[str, Any], answers: Mapping[str, Any]) -> str:
    """Return what was typed, and what was answered."""
    from edgegen.base.shell import quoted

    words = sys.argv[1:] or ["new"]
    if given["model"] is None:
        words += ["--model", answers["model"]]
    for target in answers["targets"] if not given["targets"] else ():
        words += ["--target", target]
    for field in ("name", "package", "bundle_id", "classes", "confidence", "iou"):
        if answers[field] != given[field]:
            for text in BY_FIELD[field].texts(answers[field]):
                words += [BY_FIELD[field].spelled, text]
    return " ".join(["edgegen", *map(quoted, words)])


def _say(line: str) -> None:
    click.echo(line, err=True)
