"""Find the model that a MODEL argument names: a checkpoint, an export folder, a `.pte`, or a project.

`find_model` returns its source. A source with `is_exported` has a `.pte` to read with `spec`, and maybe a
known `checkpoint`. Any other source is a checkpoint, which `file()` downloads if necessary. Imports no
library.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from edgegen.base import naming
from edgegen.base.errors import InputError
from edgegen.base.files import expand
from edgegen.commands.loaded_project import is_project, load_project, project_models, unchanged_checkpoint
from edgegen.sources.description import NOTHING_SAID, Description
from edgegen.sources.identify import identify
from edgegen.sources.source import ModelSource


def find_model(argument: str, description: Description = NOTHING_SAID) -> ModelSource:
    """Return the source of MODEL, or raise InputError. Of a project, it is the app's first model."""
    return next(find_all_models(argument, description))


def find_all_models(argument: str, description: Description = NOTHING_SAID) -> Iterator[ModelSource]:
    """Yield the sources of MODEL: one, or all models of a project."""
    if description.metadata is not None or not is_project(argument):
        yield identify(argument, description)
        return
    project = load_project(expand(argument))
    for place, source in zip(project.manifest.models, project_models(project), strict=True):
        yield replace(source, checkpoint=unchanged_checkpoint(project.path, place.checkpoint))


def model_name(source: ModelSource) -> str:
    """Return the name that the export recorded, else one after the path."""
    recorded = source.record.display_name if source.is_exported else ""
    return recorded or naming.name_from_path(source.name_path)


def checkpoint_argument(path: Path | None) -> Path | None:
    """Return the checkpoint that --model names, which may be a project's; InputError if there is none."""
    if path is None or not path.is_dir():
        return path
    source = find_model(str(path))
    if not source.is_exported:
        return path
    if source.checkpoint is None:
        why = "its checkpoint is missing" if source.project is not None else "it is exported"
        raise InputError(
            f"{path} cannot be run in PyTorch: {why}", "give the checkpoint (.pt), or leave out --model"
        )
    return source.checkpoint
