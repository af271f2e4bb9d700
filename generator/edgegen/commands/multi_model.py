"""Several models in one app: which ones, and whether they go together."""

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgegen import targets
from edgegen.base import naming
from edgegen.base.errors import EdgegenError, InputError, UsageError
from edgegen.base.files import expand
from edgegen.base.model_files import METADATA_NAME, PTE_NAME, is_model
from edgegen.commands.loaded_project import LoadedProject, app_name, recorded_request
from edgegen.commands.request import Request
from edgegen.commands.resolve_model import find_model
from edgegen.project import manifest, option_table
from edgegen.project.building import model_digests
from edgegen.project.manifest import Manifest
from edgegen.project.models import ModelPlace
from edgegen.project.option_table import DEFAULT_APP
from edgegen.sources.exported import ExportedSource
from edgegen.sources.source import ModelSource
from edgegen.targets import Target


@dataclass(frozen=True)
class AppModel:
    """One of the models of an app. Without a source, it is the project's own .pte at its place."""

    argument: str  # MODEL
    source: ModelSource | None = None
    place: ModelPlace | None = None  # None: it is new
    checkpoint: Path | None = None  # that the project's own .pte was exported from, if unchanged


def find_requested_models(request: Request, chosen: Sequence[Target]) -> dict[str, ModelSource]:
    """Return the sources of a request's several models, after every check that needs no export."""
    check_target(chosen, request.app)
    if request.metadata is not None:
        raise UsageError(
            "--metadata describes one .pte, and there are several models",
            "put each .pte into a folder with its metadata.yaml, and give the folders",
        )
    for option in option_table.of_concern(option_table.DESCRIBED):
        if getattr(request, option.field) is not None:
            raise UsageError(
                f"{option.spelled} describes one model, and there are several",
                "export each with `edgegen export`, and give the folders",
            )
    sources = {request.model: find_model(request.model)}
    locations = {_location(request.model)}
    for argument in request.extra_models:
        location = _location(argument)
        if location in locations:
            raise UsageError(f"--model {argument} is repeated", "give each model once")
        locations.add(location)
    sources |= {argument: find_model(argument) for argument in request.extra_models}
    known = set[tuple[str, str]]()
    for argument, source in sources.items():
        if source.is_exported:
            digests = model_digests(source.pte, source.metadata, ())
        else:
            digests = (manifest.checkpoint_sha256(source.path_on_disk) if source.path_on_disk else "", "")
        if digests == ("", ""):  # a name, which is downloaded later, or no model: opening it says so
            digests = (str(source.name_path), "")
        if digests in known:
            raise _already_in_app(argument)
        known.add(digests)
    return sources


def check_target(chosen: Sequence[Target], app: str | None) -> None:
    """Raise UsageError if an app shows one model only."""
    name = app or DEFAULT_APP
    for target in chosen:
        if name in target.apps and not target.apps[name].many_models:
            able = [each for each, its in target.apps.items() if its.many_models]
            raise UsageError(
                f"the {name} app shows one model, and there are several",
                f"give one --model, or add --app {' or --app '.join(able)}",
            )
        if target.multi_model is None:
            able = [each.name for each in targets.find_all([targets.ALL]) if each.multi_model is not None]
            raise UsageError(
                f"an app for {target.name} shows one model, and there are several",
                f"give one --model, or choose a target whose app can switch: {', '.join(able)}",
            )


def change_models(project: LoadedProject, overrides: Mapping[str, Any]) -> list[AppModel]:
    """Return the project's models after --add-model and --remove-model.

    A model with a place and a source lost its files, and the source restores them.
    """
    keys = [_key(project, place) for place in project.manifest.models]
    described = (option.field for option in option_table.of_concern(option_table.DESCRIBED))
    for option in ("model", "metadata", *described):
        if option in overrides:
            raise UsageError(
                f"--{option} {overrides[option]} is for one model, and there are several: {', '.join(keys)}",
                "to replace one: --remove-model NAME --add-model FILE; the added model becomes the last",
            )
    staying = _staying_places(project, overrides.get("remove", ()))
    arguments = list(overrides.get("add", ()))
    if not staying and not arguments:
        raise UsageError(
            f"without {', '.join(keys)} the app has no model", "keep one, or add another with --add-model"
        )
    if len(staying) + len(arguments) > 1:
        check_target([project.target], str(overrides.get("app") or recorded_request(project).app))
    restored, added, locations = dict[str, AppModel](), list[AppModel](), set[str]()
    for argument in arguments:
        location = _location(argument)
        if location in locations:
            raise _already_in_app(argument)
        locations.add(location)
        source = find_model(argument)
        same = [place for place in staying if _is_made_from(project, place, argument, source)]
        incomplete = next((place for place in same if not project.has_model_files(place)), None)
        if incomplete is not None and incomplete.folder not in restored:
            restored[incomplete.folder] = AppModel(argument, source, incomplete)
        elif same:
            raise _already_in_app(argument)
        else:
            added.append(AppModel(argument, source))
    kept = [restored.get(place.folder, AppModel(place.origin, place=place)) for place in staying]
    return kept + added


def _key(project: LoadedProject, place: ModelPlace) -> str:
    """Return a model's name in commands; of the only model, the one that it gets next to others."""
    return place.key or naming.slug(app_name(project))


def _staying_places(project: LoadedProject, removed: Sequence[str]) -> list[ModelPlace]:
    """Return the models that are not removed, by name or key; InputError for an unknown name."""
    staying, known = list[ModelPlace](), set[str]()
    for place in project.manifest.models:
        names = {_key(project, place), place.name or app_name(project)}
        known |= names
        if names.isdisjoint(removed):
            staying.append(place)
    for wanted in removed:
        if wanted not in known:
            keys = ", ".join(_key(project, place) for place in project.manifest.models)
            raise InputError(f"there is no model {wanted!r} in {project.path}", f"there are: {keys}")
    return staying


def _is_made_from(project: LoadedProject, place: ModelPlace, argument: str, source: ModelSource) -> bool:
    """Return whether a project's model is this very checkpoint or export."""
    backends = project.target.backends if len(project.manifest.models) == 1 else ()
    folder = Path(project.target.model_dir) / place.folder
    if source.is_exported and has_export(project.manifest, folder, source, backends):
        return True
    path = expand(argument)
    return is_model(path) and place.checkpoint.get("sha256") == manifest.checkpoint_sha256(path)


def has_export(record: Manifest, folder: Path, source: ExportedSource, backends: Collection[str]) -> bool:
    """Return whether a project has this very export in a folder, with its programs for these backends."""
    recorded = [record.files.get((folder / name).as_posix()) for name in (PTE_NAME, METADATA_NAME)]
    return recorded == list(model_digests(source.pte, source.metadata, backends))


def _already_in_app(argument: str) -> InputError:
    return InputError(f"the app has the model {argument} already", "leave it out")


@contextmanager
def name_model_in_errors(argument: str) -> Iterator[None]:
    """Put the name of a model in front of an error's message."""
    try:
        yield
    except EdgegenError as error:
        if argument and not error.message.startswith(argument):
            error.message = f"{argument}: {error.message}"
        raise


def _location(argument: str) -> str:
    """Return the real path of a file or folder, or the name of an official model."""
    return os.path.realpath(argument) if Path(argument).exists() else argument
