"""What is known of a project by its folder alone, and of a MODEL argument that is one. Imports no library."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from edgegen import targets
from edgegen.base.errors import InputError
from edgegen.base.staging import writing_to
from edgegen.project import exchange, manifest
from edgegen.project.manifest import Manifest
from edgegen.sources.exported import ExportedSource
from edgegen.sources.identify import identify

if TYPE_CHECKING:
    from edgegen.sources.source import ModelSource


def is_project(argument: str) -> bool:
    """Tell whether a MODEL argument is a folder that `edgegen new` made; what is no path is none."""
    try:
        path = Path(argument).expanduser()
        if not argument or not (path / manifest.NAME).is_file() or list(path.glob("*.pte")):
            return False
        known = manifest.read(path)
        return known is None or known.target != manifest.EXPORT
    except (OSError, RuntimeError, ValueError):  # a name that is too long, ~nobody
        return False
    except InputError:  # damaged: whoever asks more of it is told
        return True


def known_project(project: Path) -> Manifest:
    """Return what is known of a project; InputError when it is none of ours, or of a newer edgegen."""
    if project.is_file():
        raise InputError(
            f"{project} is a file, and a project is a folder", "give the folder that `edgegen new` made"
        )
    if not project.is_dir():
        raise InputError(f"there is no project {project}", "give a folder that `edgegen new` made")
    with writing_to(project):
        exchange.recover(project)
    known = manifest.read(project)
    if known is None:
        raise InputError(
            f"{project} was not made by edgegen: it has no {manifest.NAME}",
            "give a folder that `edgegen new` made",
        )
    manifest.check_version(project, known)
    if known.target not in (*targets.names(), targets.custom_template.NAME):
        raise InputError(
            f"{project} is no project of a target that is known here, but of {known.target!r}",
            f"give a project for one of: {', '.join(targets.names())}",
        )
    return known


def find_model(argument: str, metadata: Path | None = None) -> "ModelSource":
    """Tell what MODEL is, as `identify` does; of a project that `edgegen new` made, the model in it.

    Raises:
        InputError: It cannot be used.
    """
    if metadata is not None or not is_project(argument):
        return identify(argument, metadata)
    project = Path(argument).expanduser()
    known = known_project(project)
    target = targets.of(known)
    source = identify(str(project / target.model_dir))
    if not isinstance(source, ExportedSource):
        return source
    checkpoint = checkpoint_of(project, known, None)
    return replace(source, folder=project, own_vectors=project / target.vectors_dir, checkpoint=checkpoint)


def checkpoint_given(path: Path | None) -> Path | None:
    """Return a checkpoint that was named, or that of the project that was.

    Raises:
        InputError: It is exported already, or the project's checkpoint is not there.
    """
    if path is None or not path.is_dir():
        return path
    source = find_model(str(path))
    if not isinstance(source, ExportedSource):
        return path
    if source.checkpoint is None:
        what = "the checkpoint that it was made from is not there" if source.own_vectors else "it is exported"
        raise InputError(
            f"{path} cannot say what PyTorch shows: {what}", "give the checkpoint (.pt), or leave --model out"
        )
    return source.checkpoint


def checkpoint_of(project: Path, known: Manifest, given: Path | None) -> Path | None:
    """Return the checkpoint that was given, or the one that a project was made from if it is still that."""
    path = given or recorded_checkpoint(project, known)
    if path is None or given is not None:
        return path
    unchanged = path.is_file() and manifest.sha256(path) == known.checkpoint.get("sha256")
    return path if unchanged else None


def recorded_checkpoint(project: Path, known: Manifest) -> Path | None:
    """Return where the checkpoint was that the project was made from."""
    recorded = known.checkpoint.get("path")
    if not recorded:
        return None
    return Path(recorded) if Path(recorded).is_absolute() else project / recorded


def readable(path: Path) -> Path:
    """Return a path as a person would write it: it may be recorded as `birds/ios/../../runs/best.pt`."""
    whole, here = path.parent.resolve() / path.name, Path.cwd()  # a link keeps its own name
    return whole.relative_to(here) if whole.is_relative_to(here) else whole
