"""A project rendered anew: with its own options or others, its own model or another."""

import contextlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from edgegen import __version__
from edgegen.base import pins
from edgegen.base.errors import EdgegenError, InputError, UsageError
from edgegen.base.progress import Progress
from edgegen.base.staging import staging
from edgegen.commands import multi_model
from edgegen.commands.own_model import own_model
from edgegen.commands.prepare_model import (
    Ready,
    fit_to_facts,
    ingredients_of,
    model_name,
    options_of,
    ready_model,
)
from edgegen.commands.recorded_options import Subject, app_name, recorded_request
from edgegen.commands.request import Request
from edgegen.commands.rerender_options import adapted, asked, classes_of_before, lacks_pictures, not_exporting
from edgegen.commands.resolve_model import checkpoint_of, find_model
from edgegen.commands.select_targets import chosen_targets
from edgegen.model.spec import ModelSpec
from edgegen.project import base_files, manifest
from edgegen.project.building import Ingredients, build
from edgegen.project.manifest import Manifest
from edgegen.project.models import Place, unique_names
from edgegen.project.option_table import BY_TARGET, FOR_EXPORT
from edgegen.sources.exported import ExportedSource
from edgegen.sources.identify import identify
from edgegen.targets import Target

if TYPE_CHECKING:
    from edgegen.model.facts import Facts
    from edgegen.sources.source import OpenableSource, OpenedModel


@dataclass(frozen=True)
class Rendering:
    """What edgegen writes now."""

    folder: Path
    manifest: Manifest
    spec: ModelSpec
    checkpoint: Path | None  # what decides what is right, if it is here
    segments: Mapping[str, str]  # folders whose names are the owner's choice
    target: Target  # of a template, that of its newest state


def base_of(it: Subject, progress: Progress) -> dict[str, bytes]:
    """Return what edgegen wrote of the project's text files, as far as that is known.

    A project without a base is rendered again: what has the digest that its manifest lists is what stood
    there.
    """
    kept = base_files.read(it.path, it.known)
    if kept is not None:
        return {name: text for name, text in kept.items() if name in it.known.files}
    with contextlib.suppress(EdgegenError), staging(_scratch()) as workspace:
        progress.step("Render what edgegen wrote before")
        was = rendered_as_it_is(it, {}, workspace, progress)
        return base_files.of(manifest.relative_files(was.folder), was.folder, it.known)
    return {}


def rendered_as_it_is(
    it: Subject, base: Mapping[str, bytes], workspace: Path, progress: Progress
) -> Rendering:
    """Render a project with its own model and the options that it was made with."""
    request = recorded_request(it)
    with chosen_targets(request, progress, tasks=False) as (target,):
        if len(it.known.models) > 1:
            return _rendered_several(it, target, request, {}, base, workspace, progress, as_it_is=True)
        model, edited = own_model(it, base, workspace, progress)
        return _rendered(it, target, request, model, workspace, it.known, edited)


@contextlib.contextmanager
def rendered_anew(
    it: Subject,
    given: Mapping[str, Any],
    base: Mapping[str, bytes],
    workspace: Path,
    progress: Progress,
    *,
    fetch: bool,
) -> Iterator[Rendering]:
    """Render a project with the options given in the place of those that it was made with.

    `given` holds fields of a Request, those that something was said of. Without a model among them it is the
    checkpoint that the project was made from, where that has to be exported again; else the project's own. A
    template is here as long as this lasts.

    Raises:
        EdgegenError: As each step says; nothing was changed.
    """
    said, request = asked(it, given)
    request = replace(request, pretend=not fetch)
    with chosen_targets(request, progress) as (target,):
        with classes_of_before(request, said):
            if len(it.known.models) > 1 or "add" in said or "remove" in said:
                made = _rendered_several(it, target, request, said, base, workspace, progress, fetch=fetch)
            else:
                made = _anew(it, target, request, said, base, workspace, progress, fetch=fetch)
        yield made


def _anew(
    it: Subject,
    target: Target,
    request: Request,
    said: Mapping[str, Any],
    base: Mapping[str, bytes],
    workspace: Path,
    progress: Progress,
    *,
    fetch: bool,
) -> Rendering:
    """Render a project; `said` is what of the request was said now."""
    checkpoint = checkpoint_of(it.path, it.known, None)
    exporting = [option.spelled for option in FOR_EXPORT if option.field in said]
    if "model" not in said:
        if "metadata" in said:
            raise UsageError("--metadata describes a .pte, and no --model was given", "give both, or neither")
        if exporting and checkpoint is None:
            raise _without_checkpoint(it, exporting[0])
        if not exporting and (checkpoint is None or not _is_older(it) or lacks_pictures(request)):
            model, edited = own_model(it, base, workspace, progress)
            return _rendered(it, target, request, model, workspace, it.known, edited)
    argument = str(said.get("model") or checkpoint)
    source = find_model(argument, request.metadata)
    if isinstance(source, ExportedSource):
        request = not_exporting(request, said)
        request.int8()
        model = ready_model(source, request, workspace / "export", progress)
        request = adapted(it, request, said, model.spec.task, progress)
    else:
        if lacks_pictures(request) and "calibration" not in said:
            raise InputError(
                f"this project is int8, and {request.calibration} to calibrate with is not there",
                "give photos with --calibration, or a model in float32 with --precision fp32",
            )
        request.int8()
        source = _Once(cast("OpenableSource", source), progress, fetch=fetch)
        request = adapted(it, request, said, source.facts.task, progress)
        fit_to_facts(request, [target], source.facts)
        model = ready_model(source, request, workspace / "export", progress, fetch=fetch)
    return _rendered(it, target, request, model, workspace, None)


def _rendered_several(
    it: Subject,
    target: Target,
    request: Request,
    said: Mapping[str, Any],
    base: Mapping[str, bytes],
    workspace: Path,
    progress: Progress,
    *,
    as_it_is: bool = False,
    fetch: bool = False,
) -> Rendering:
    """Render a project that has several models, or is to have, or had. `as_it_is`: nothing is exported again.

    Raises:
        EdgegenError: As each step says; nothing was changed.
    """
    stay, added = multi_model.changed(it, said)
    kept = [place for place, _ in stay]
    options = options_of(request, [target], request.name or "")
    exporting = [option.spelled for option in FOR_EXPORT if option.field in said]
    checkpoints = [
        checkpoint_of(it.path, replace(it.known, checkpoint=place.checkpoint), None) for place in kept
    ]
    for (place, back), checkpoint in zip(stay, checkpoints, strict=True):  # before any is exported
        if exporting and checkpoint is None and back is None:
            raise _without_checkpoint(it, exporting[0], place)
    every, names, edited = list[Ingredients](), list[tuple[str, str]](), dict[str, str]()

    def given(model: multi_model.Further, number: int) -> Ingredients:
        folder, task = workspace / f"export-{number}", every[0].spec.task if every else ""
        its = not_exporting(request, said) if isinstance(model.source, ExportedSource) else request
        return multi_model.made(model, task, its, [target], options, folder, progress, fetch=fetch)

    for number, ((place, back), checkpoint) in enumerate(zip(stay, checkpoints, strict=True), start=1):
        its = replace(request, model=place.origin)
        is_older = checkpoint is not None and _is_older(it) and not lacks_pictures(request)
        with multi_model.of_model(place.key):
            if back is not None:
                made = given(back, number)
            else:
                if exporting or (is_older and not as_it_is):
                    folder = workspace / f"export-{number}"
                    model = ready_model(identify(str(checkpoint)), its, folder, progress, fetch=fetch)
                else:
                    model, its_edited = own_model(it, base, workspace, progress, place)
                    edited |= its_edited
                made = ingredients_of(model, its, [target], options)
        every.append(replace(made, recorded_checkpoint=None if made.checkpoint else place.checkpoint))
        names.append((place.name, place.key) if place.key else unique_names([made.spec.name])[0])
    for number, each in enumerate(added, start=len(kept) + 1):
        every.append(given(each, number))
        names += unique_names([model_name(each.source)], names)
    told = _name_as_before(it, request) if kept and kept[0].folder == "" else {}
    return _written(it, target, multi_model.together(every, names), request, workspace, told, edited)


class _Once:
    """A checkpoint that is opened once, though its facts are asked before it is exported."""

    def __init__(self, source: "OpenableSource", progress: Progress, *, fetch: bool) -> None:
        self._source = source
        self._path = source.file(progress, fetch=fetch)
        progress.step(f"Open {self._path.name}")
        self._opened = source.open(self._path)

    @property
    def name_path(self) -> Path:
        return self._source.name_path

    @property
    def here(self) -> Path | None:
        return self._path

    @property
    def facts(self) -> "Facts":
        return self._opened.facts

    def file(self, _progress: Progress, *, fetch: bool) -> Path:
        return self._path

    def open(self, _path: Path) -> "OpenedModel":
        return self._opened


def _rendered(
    it: Subject,
    target: Target,
    request: Request,
    model: Ready,
    workspace: Path,
    own: Manifest | None,
    edited: Mapping[str, str] = MappingProxyType({}),
) -> Rendering:
    """Write a project of one model aside. `own`: what is recorded of it whose own model this is.

    `edited` are files of it that its owner edited, by the digests of what edgegen wrote.
    """
    options = options_of(request, [target], request.name or "")
    ingredients = ingredients_of(model, request, [target], options)
    if own is None:
        return _written(it, target, ingredients, request, workspace, {})
    ingredients = replace(ingredients, recorded_checkpoint=own.checkpoint)
    made = _written(it, target, ingredients, request, workspace, _name_as_before(it, request), edited)
    return replace(made, checkpoint=checkpoint_of(it.path, own, None))


def _written(
    it: Subject,
    target: Target,
    ingredients: Ingredients,
    request: Request,
    workspace: Path,
    told: Mapping[str, Any],
    edited: Mapping[str, str] = MappingProxyType({}),
) -> Rendering:
    """Write a project aside. `told`: options recorded otherwise than rendered, as `edited` files are."""
    folder = workspace / "new"
    folder.mkdir(parents=True)
    build(target, ingredients, folder, it.path)
    known = manifest.read(folder)
    assert known is not None  # noqa: S101 - it was just written
    # What it was told with other targets, and has no use for, is not forgotten.
    others = set(BY_TARGET).difference(it.target.options)
    forgotten = {name: value for name, value in it.known.options.items() if name in others}
    files = {**known.files, **{name: edited[name] for name in edited if name in known.files}}
    options = {**known.options, **forgotten, **told}
    options = {name: value for name, value in options.items() if value is not None}
    known = replace(known, options=options, files=files)
    manifest.write(known, folder)
    # Of several models, each one's own checkpoint says what is right.
    checkpoint = None if ingredients.more else ingredients.checkpoint
    return Rendering(
        folder, known, ingredients.spec, checkpoint, target.segments(ingredients.options), target
    )


def moves(it: Subject, rendering: Rendering) -> dict[str, str]:
    """Return which files lie elsewhere by now, because their owner chose another name: new -> old path."""
    request = recorded_request(it)
    before = it.target.segments(options_of(request, [it.target], request.name or ""))
    found = {}
    for segment, now in rendering.segments.items():
        for name in rendering.manifest.files:
            old = name.replace(f"/{now}/", f"/{before[segment]}/", 1)
            if old != name and old in it.known.files and old not in rendering.manifest.files:
                found[name] = old
    found |= _into_folders(it.known.files, rendering.manifest.files)
    return {name: old for name, old in found.items() if name not in it.known.files}


def _into_folders(before: Collection[str], now: Collection[str]) -> dict[str, str]:
    """Return which files have the same name in a folder above or below, if there is only one of that name."""
    gone, new = (
        [PurePosixPath(name) for name in sorted(set(a) - set(b))] for a, b in ((before, now), (now, before))
    )
    names, news = (Counter(path.name for path in paths) for paths in (gone, new))
    return {
        str(path): str(old)
        for path in new
        for old in gone
        if path.name == old.name
        and names[path.name] == news[path.name] == 1
        and (path.parent.is_relative_to(old.parent) or old.parent.is_relative_to(path.parent))
    }


def _name_as_before(it: Subject, request: Request) -> dict[str, None]:
    """Return what is recorded of an app's name that nobody chose: that nobody did."""
    is_unnamed = it.known.options.get("name") is None and request.name == app_name(it)
    return {"name": None} if is_unnamed else {}


def _is_older(it: Subject) -> bool:
    """Tell whether a project's model was exported by other versions than these."""
    now = {"edgegen": __version__, "executorch": pins.EXECUTORCH}
    return any(it.known.versions.get(name) != version for name, version in now.items())


def _without_checkpoint(it: Subject, option: str, place: Place | None = None) -> EdgegenError:
    path = (place.checkpoint if place else it.known.checkpoint).get("path")
    key = place.key if place else ""
    how = f"--remove-model {key} --add-model FILE" if key else "--model"
    if not path:
        what = f"its model {key}" if key else "this project"
        return UsageError(
            f"{option} takes an export, and {what} was made of a model that was exported already",
            f"give a checkpoint with {how}",
        )
    return InputError(
        f"{option} takes an export, and {it.path / path} is not there, or not what the project was made from",
        f"give the checkpoint with {how}",
    )


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """Give a folder for what is rendered only to be looked at, far from the project."""
    with staging(_scratch()) as workspace:
        yield workspace


def _scratch() -> Path:
    import tempfile

    return Path(tempfile.gettempdir()) / "edgegen"
