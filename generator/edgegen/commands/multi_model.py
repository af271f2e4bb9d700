"""Several models for one app: what they are called, made ready, and whether they go together."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgegen import targets
from edgegen.base import naming
from edgegen.base.errors import EdgegenError, InputError, UsageError
from edgegen.base.progress import Progress
from edgegen.commands.prepare_model import fit_to_facts, ingredients_of, model_name, ready_model
from edgegen.commands.recorded_options import Subject, app_name, recorded_request
from edgegen.commands.request import Request
from edgegen.commands.resolve_model import find_model
from edgegen.project import manifest
from edgegen.project.building import Ingredients, model_digests
from edgegen.project.context import Options
from edgegen.project.models import Place, unique_names
from edgegen.project.option_table import USUAL_APP
from edgegen.sources.exported import ExportedSource
from edgegen.targets import Target

if TYPE_CHECKING:
    from edgegen.model.facts import Facts
    from edgegen.sources.source import ModelSource


@dataclass(frozen=True)
class Further:
    """A model that an app can switch to."""

    argument: str
    source: "ModelSource"


def further(request: Request, chosen: Sequence[Target], first: "ModelSource") -> list[Further]:
    """Tell what the models beside the first are, as far as nothing has to be exported for it.

    Raises:
        UsageError: A target cannot take several models, or an option means one model.
        InputError: One of them cannot be used, or is an export that is there already.
    """
    if request.more:
        check_target(chosen, request.app)
        if request.metadata is not None:
            raise UsageError(
                "--metadata describes one .pte, and several models are given",
                "put each .pte into a folder with its metadata.yaml, and give the folders",
            )
    seen = {_place(request.model)}
    for argument in request.more:
        if _place(argument) in seen:
            raise UsageError(f"--model {argument} is given twice", "give each model once")
        seen.add(_place(argument))
    models = [Further(argument, find_model(argument)) for argument in request.more]
    exports = {_digests(first)} if models else set()
    for each in models:
        digests = _digests(each.source)
        if digests and digests in exports:
            raise _is_there_already(each.argument)
        exports.add(digests)
    return models


def check_target(chosen: Sequence[Target], app: str | None) -> None:
    """Raise UsageError if an app shows one model only."""
    for target in chosen:
        name = app or USUAL_APP
        if name in target.apps and not target.apps[name].many_models:
            able = [each for each, its in target.apps.items() if its.many_models]
            raise UsageError(
                f"the {name} app shows one model, and several are given",
                f"give one --model, or add --app {' or --app '.join(able)}",
            )
        if target.multi_model is None:
            able = [each.name for each in targets.find_all([targets.ALL]) if each.multi_model is not None]
            raise UsageError(
                f"an app for {target.name} shows one model so far, and several are given",
                f"give one --model, or take a target whose app can switch: {', '.join(able)}",
            )


def with_further(
    first: Ingredients,
    name: str,
    models: Sequence[Further],
    request: Request,
    chosen: list[Target],
    options: Options,
    workspace: Path,
    progress: Progress,
) -> Ingredients:
    """Return what a project is made of whose app begins with one model and can switch to others.

    `name` is what the first is called. The options hold for all of them.

    Raises:
        EdgegenError: As `ready_model` and `ingredients_of` say; the message names the model.
        InputError: They are not of one task.
    """
    if not models:
        return first
    more = []
    for number, each in enumerate(models, start=2):
        folder = workspace / f"export-{number}"
        task, fetch = first.spec.task, not request.pretend
        more.append(made(each, task, request, chosen, options, folder, progress, fetch=fetch))
    names = unique_names([name, *(model_name(each.source) for each in models)])
    return together([first, *more], names)


def made(
    model: Further,
    task: str,
    request: Request,
    chosen: list[Target],
    options: Options,
    folder: Path,
    progress: Progress,
    *,
    fetch: bool,
) -> Ingredients:
    """Return what one further model brings, exported into the folder where it has to be.

    `task` is the first one's; "" where it is the first.

    Raises:
        EdgegenError: As `ready_model` and `ingredients_of` say; the message names the model.
        InputError: It is of another task.
    """
    asked = replace(request, model=model.argument, more=())
    progress.note(f"then {model.argument}")

    def fit(facts: "Facts") -> None:
        _check_task(facts.task, task)
        fit_to_facts(asked, chosen, facts)

    with of_model(model.argument):
        ready = ready_model(model.source, asked, folder, progress, check=fit, fetch=fetch)
        _check_task(ready.spec.task, task)
        return ingredients_of(ready, asked, chosen, options)


def changed(it: Subject, said: Mapping[str, Any]) -> tuple[list[tuple[Place, Further | None]], list[Further]]:
    """Return which models of a project stay, and which come.

    Of one that stays and whose files are gone, what brings them back goes along, if that is given.

    Raises:
        UsageError: No model would be left, or an option means one model.
        InputError: There is no such model, or it is there already.
    """
    places = list(it.known.models)
    keys = [place.key or naming.slug(app_name(it)) for place in places]
    names = [place.name or app_name(it) for place in places]
    for option in ("model", "metadata"):
        if option in said:
            raise UsageError(
                f"--{option} {said[option]} is for one model, and this is about several: {', '.join(keys)}",
                "to exchange one: --remove-model NAME --add-model FILE; what is added becomes the last",
            )
    gone = set[int]()
    for wanted in said.get("remove", ()):
        found = [number for number in range(len(places)) if wanted in (keys[number], names[number])]
        if not found:
            raise InputError(f"there is no model {wanted!r} in {it.path}", f"there are: {', '.join(keys)}")
        gone.update(found)
    kept = [place for number, place in enumerate(places) if number not in gone]
    arguments = list(said.get("add", ()))
    if not kept and not arguments:
        raise UsageError(
            f"without {', '.join(keys)} the app has no model", "leave one, or give another with --add-model"
        )
    if len(kept) + len(arguments) > 1:
        check_target([it.target], str(said.get("app") or recorded_request(it).app))
    back, added = dict[str, Further](), list[Further]()
    for number, argument in enumerate(arguments):
        path = Path(argument).expanduser()
        digest = manifest.sha256(path) if path.is_file() else None
        same = [place for place in kept if digest and place.checkpoint.get("sha256") == digest]
        lacking = next((place for place in same if _is_lacking(it, place)), None)
        if (same and lacking is None) or _place(argument) in map(_place, arguments[:number]):
            raise _is_there_already(argument)
        source = find_model(argument)
        if not same:
            same = [place for place in kept if _digests(source) == _recorded(it, place)]
            lacking = next((place for place in same if _is_lacking(it, place)), None)
        if lacking is not None and lacking.folder not in back:
            back[lacking.folder] = Further(argument, source)
        elif same:
            raise _is_there_already(argument)
        else:
            added.append(Further(argument, source))
    return [(place, back.get(place.folder)) for place in kept], added


def _is_lacking(it: Subject, place: Place) -> bool:
    """Tell whether the files of a model are gone: many leave them out of git."""
    folder = place.below(it.model_dir)
    return not all((folder / name).is_file() for name in ("model.pte", "metadata.yaml"))


def _is_there_already(argument: str) -> InputError:
    return InputError(f"{argument} is one of its models already", "leave it out")


def _recorded(it: Subject, place: Place) -> tuple[str, str]:
    """Return the digests of a model of a project and of what describes it, as edgegen wrote both."""
    folder = Path(it.target.model_dir) / place.folder
    model, metadata = (
        it.known.files.get((folder / n).as_posix(), "") for n in ("model.pte", "metadata.yaml")
    )
    return model, metadata


def _digests(source: "ModelSource") -> tuple[str, str] | None:
    """Return the same of an export, None of a checkpoint: one `.pte` with other names is another model."""
    if not isinstance(source, ExportedSource):
        return None
    return model_digests(source.pte, source.metadata)


def together(every: Sequence[Ingredients], names: Sequence[tuple[str, str]]) -> Ingredients:
    """Return what one project is made of, from what each model alone would be; the first is shown first."""
    if len(every) == 1:
        return every[0]
    named = [
        replace(each, called=of, spec=replace(each.spec, name=of[0]))
        for each, of in zip(every, names, strict=True)
    ]
    return replace(named[0], more=tuple(named[1:]))


def _check_task(task: str, first: str) -> None:
    """Refuse a model of another task than the first one's.

    Raises:
        InputError: It is of another.
    """
    if first and task != first:
        raise InputError(
            f"it is for the task `{task}`, and the first model is for `{first}`",
            "an app shows models of one task: make another app of this one",
        )


@contextmanager
def of_model(argument: str) -> Iterator[None]:
    """Name the model that an error is about."""
    try:
        yield
    except EdgegenError as error:
        if argument and not error.message.startswith(argument):
            error.message = f"{argument}: {error.message}"
        raise


def _place(argument: str) -> str:
    return os.path.realpath(argument) if Path(argument).exists() else argument
