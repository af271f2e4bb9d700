"""The models of a project that is rendered again, and whether they are exported again."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from edgegen import __version__
from edgegen.artifacts.model_reader import load_model_spec
from edgegen.base import pins
from edgegen.base.errors import EdgegenError, InputError, UsageError
from edgegen.base.model_files import METADATA_NAME, PTE_NAME
from edgegen.base.progress import Progress
from edgegen.commands.multi_model import AppModel, change_models
from edgegen.commands.recorded_options import LoadedProject, lacks_photos
from edgegen.commands.request import Request, description_again
from edgegen.commands.resolve_model import find_model, unchanged_checkpoint
from edgegen.project.models import Place
from edgegen.project.option_table import FOR_EXPORT
from edgegen.sources.description import NOTHING_SAID, Description
from edgegen.sources.identify import identify, recognize
from edgegen.sources.source import ModelSource


def choose_models(
    project: LoadedProject, request: Request, overrides: Mapping[str, Any], progress: Progress
) -> list[AppModel]:
    """Return the models of the new rendering. Those with a source are exported again."""
    if len(project.manifest.models) > 1 or "add" in overrides or "remove" in overrides:
        models = change_models(project, overrides)
    elif "model" in overrides:
        models = [AppModel(request.model, find_model(request.model, request.description()))]
    elif "metadata" in overrides:
        raise UsageError("--metadata describes a .pte, and there is no --model", "give both, or neither")
    else:
        models = own_models(project)
    exporting = [option.spelled for option in FOR_EXPORT if option.field in overrides]
    made_by = {"edgegen": __version__, "executorch": pins.EXECUTORCH}
    outdated = any(project.manifest.versions.get(name) != version for name, version in made_by.items())
    for number, model in enumerate(models):
        if model.source is not None or model.place is None:
            continue
        checkpoint = unchanged_checkpoint(project.path, model.place.checkpoint)
        if exporting and checkpoint is None:
            raise _without_checkpoint(project, exporting[0], model.place)
        again = bool(exporting)
        if outdated and not exporting:
            why_not = _why_not_exported(project, request, model.place, checkpoint)
            again = checkpoint is not None and not why_not
            if why_not:
                progress.note(f"not exported again by this edgegen: {why_not}")
        source = _source_again(project, request, model.place, checkpoint) if again else None
        models[number] = replace(model, source=source, checkpoint=checkpoint)
    return models


def _why_not_exported(project: LoadedProject, request: Request, place: Place, checkpoint: Path | None) -> str:
    """Return why a model cannot be exported again; "" if it can, or was made from an export."""
    path = place.checkpoint.get("path")
    if path and checkpoint is None:
        return f"{project.path / path} is missing or has changed"
    if checkpoint is not None and lacks_photos(request):
        return f"the calibration photos {request.calibration} are missing"
    return ""


def _source_again(
    project: LoadedProject, request: Request, place: Place, checkpoint: Path | None
) -> ModelSource:
    """Return the source of a checkpoint that is exported again. Options describe the only model."""
    is_only = len(project.manifest.models) == 1
    folder = place.below(project.model_dir)
    try:
        spec = load_model_spec(folder / PTE_NAME, folder / METADATA_NAME)
    except InputError:  # missing or damaged: the export restores it
        return identify(str(checkpoint), request.description() if is_only else NOTHING_SAID)
    if is_only:
        return identify(str(checkpoint), description_again(request, spec))
    return recognize(str(checkpoint), Description.of(spec))


def own_models(project: LoadedProject) -> list[AppModel]:
    """Return the models of a project as they are."""
    return [AppModel(place.origin, place=place) for place in project.manifest.models]


def _without_checkpoint(project: LoadedProject, option: str, place: Place) -> EdgegenError:
    path = place.checkpoint.get("path")
    how = f"--remove-model {place.key} --add-model FILE" if place.key else "--model"
    if not path:
        what = f"its model {place.key}" if place.key else "this project"
        return UsageError(
            f"{option} needs another export, and {what} was made from an exported model",
            f"give a checkpoint with {how}",
        )
    return InputError(
        f"{option} needs another export, and {project.path / path} is missing or has changed",
        f"give the checkpoint with {how}",
    )
