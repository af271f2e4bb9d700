"""Identify the MODEL argument: a file by its content, a model of a library by its name. Executes nothing."""

from pathlib import Path
from typing import TYPE_CHECKING

from edgegen import sources
from edgegen.base.errors import InputError, UsageError, reason
from edgegen.base.files import expand
from edgegen.base.model_files import PTE_SUFFIX
from edgegen.base.text import did_you_mean
from edgegen.sources.description import NOTHING_SAID, Description
from edgegen.sources.file_formats import unknown_file_error, unknown_folder_error

if TYPE_CHECKING:
    from edgegen.model.spec import ModelSpec
    from edgegen.sources.source import ModelSource, OpenedModel


def identify(argument: str, description: Description = NOTHING_SAID) -> "ModelSource":
    """Return the source of the MODEL argument, or raise InputError with the reason.

    description: what the user says about it.
    """
    source = recognize(argument, description)
    if description.metadata is not None and not source.is_exported:
        raise InputError(f"--metadata was given, but {argument} is not a .pte", "leave out --metadata")
    given = description.options()
    if not source.is_exported and source.takes_names:
        given = [option for option in given if option != "--names"]
    if given and not source.is_exported and not source.takes_description:
        if source.path_on_disk is not None:
            source.open(source.path_on_disk)  # a file of another kind has another reason
        raise UsageError(f"{', '.join(given)} cannot be used: {argument} already records it", "leave it out")
    return source


def open_model(path: Path, description: Description = NOTHING_SAID) -> "OpenedModel":
    """Open a file with the source that recognizes it.

    Raises:
        InputError: There is no such file, no source recognizes it, or it is an exported model.
    """
    source = recognize(str(path), description)
    if source.is_exported:
        raise InputError(f"{path} is an exported model", "give the checkpoint that it was made from")
    return source.open(source.path_on_disk or path)


def open_checkpoint(path: Path, spec: "ModelSpec") -> "OpenedModel":
    """Open the checkpoint that a model was exported from, with the description of its export."""
    return open_model(path, Description.of(spec))


def recognize(argument: str, description: Description) -> "ModelSource":
    """Return the source, or raise InputError. It may have no use for the description."""
    if not argument.strip() or "\0" in argument:
        raise InputError(
            f"MODEL is not a path: {argument!r}", "give the path of a checkpoint or an exported folder"
        )
    path = expand(argument)
    try:
        return _first_source(argument, path, description)
    except OSError as error:
        raise InputError(
            f"{argument} cannot be read: {reason(error)}", "check the permissions and the disk"
        ) from error


def _first_source(argument: str, path: Path, description: Description) -> "ModelSource":
    if path.is_file() and not path.stat().st_size:
        raise InputError(f"{path} is empty", "download or export it again")
    for name in sources.names():
        source = sources.find(name).sniff(argument, path, description)
        if source is not None:
            return source
    if path.is_file():
        raise unknown_file_error(path)
    inside = next(path.rglob(f"*{PTE_SUFFIX}"), None) if (path / ".edgegen.yml").is_file() else None
    if inside is not None:
        raise InputError(
            f"{argument} is a project: the .pte is not in it, but in {inside.parent}",
            "give that folder; `edgegen verify` and `edgegen evaluate` take the project",
        )
    if path.is_dir():
        raise unknown_folder_error(path)
    if path.exists():
        raise InputError(
            f"{argument} is neither a file nor a folder", "give a checkpoint (.pt) or an exported folder"
        )
    if description.architecture:
        raise InputError(
            f"--arch describes a file of weights, and there is no file {argument}",
            "check the path, or leave out --arch",
        )
    hint = "give a checkpoint (.pt), an exported folder, or a name such as yolo11n.pt or torchvision:resnet18"
    if path.is_symlink():
        raise InputError(f"{argument} is a link to {path.readlink()}, which does not exist", hint)
    neighbours = [each.name for each in path.parent.iterdir()] if path.parent.is_dir() else []
    raise InputError(f"there is no file or folder {argument}{did_you_mean(path.name, neighbours)}", hint)
