"""Check the options of an export, and the packages that it needs."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from edgegen import tasks
from edgegen.base import pins
from edgegen.base.errors import InputError, ToolchainError, UsageError
from edgegen.base.tools import installed_version
from edgegen.model.spec import branch_of
from edgegen.parity.picture_files import Picture, read_picture, shrink
from edgegen.sources.source import OpenedModel

MAX_SIDE: Final = 8192  # input pixels: a larger export would run out of memory
MAX_IMAGES: Final = 16  # pictures of --image
IMAGE_BYTES: Final = 120_000  # of one of them, as raw RGB
IMAGES_BYTES: Final = 600_000  # of all of them


def input_size(requested: int | tuple[int, int] | None, model: OpenedModel) -> tuple[int, int]:
    """Return the model's input height and width; UsageError with the next valid size."""
    if requested is None:
        return model.facts.input.size
    size = (requested, requested) if isinstance(requested, int) else requested
    if model.facts.is_fixed_size and size != model.facts.input.size:
        only = _size_text(model.facts.input.size)
        has_crop = model.facts.task == "classify" and model.facts.given_architecture
        raise UsageError(
            f"--imgsz is {_size_text(size)}, but {model.path.name} is for {only} only",
            f"leave it out{', or give --crop' if has_crop else ''}",
        )
    stride = model.facts.largest_stride
    if not all(stride <= side <= MAX_SIDE for side in size):
        raise UsageError(
            f"--imgsz is {_size_text(size)}, but each side must be between {stride} (the model's largest "
            f"stride) and {MAX_SIDE}",
            f"leave it out for {_size_text(model.facts.input.size)}, the size of the training",
        )
    if any(side % stride for side in size):
        fitting = (-(-size[0] // stride) * stride, -(-size[1] // stride) * stride)
        raise UsageError(
            f"--imgsz is {_size_text(size)}, but each side must be a multiple of {stride}, the model's "
            "largest stride",
            f"use the next valid size: --imgsz {_size_text(fitting)}",
        )
    return size


def choose_head(requested: str | None, model: OpenedModel) -> str:
    """Return the contract to export; UsageError if the model does not have it."""
    branches = model.facts.yolo.branches
    task = tasks.find(model.facts.task)
    heads = task.heads_of(model.facts)
    if requested is None or requested in heads:
        return requested or heads[0]
    known = model.facts.contracts or task.heads
    if requested not in known:
        owner = model.facts.description if model.facts.contracts else f"the task {task.name}"
        raise UsageError(
            f"--head {requested} does not exist for {owner}",
            f"leave it out, or use one of: {', '.join(known)}",
        )
    why = "it was saved after its fusion, which deleted that branch"
    raise UsageError(
        f"--head {requested} needs the {branch_of(requested)} branch of a head, and {model.path.name} "
        f"has only the {branches[0]} one" + (f": {why}" if requested != "end2end" else ""),
        "leave out --head for the model's branch"
        + (" (YOLO26 and YOLOv10 have both)" if requested == "end2end" else ""),
    )


def _size_text(size: tuple[int, int]) -> str:
    return str(size[0]) if size[0] == size[1] else f"{size[0]},{size[1]}"


def exporter_versions() -> dict[str, str]:
    """Return the versions of executorch and torch; ToolchainError if executorch does not fit the apps."""
    versions = {package: package_version(package) for package in ("executorch", "torch")}
    if versions["executorch"].split(".")[:2] != pins.EXECUTORCH_MINOR.split("."):
        raise ToolchainError(
            f"executorch {versions['executorch']} is installed, but the apps run on {pins.EXECUTORCH}, and "
            "exporter and runtime must have the same minor version",
            f"pip install executorch=={pins.EXECUTORCH}",
        )
    return versions


def package_version(package: str) -> str:
    """Return the version of an installed package, by its import name; ToolchainError if it is missing."""
    version = installed_version(package)
    if version is not None:
        return version
    raise ToolchainError(
        f"exporting needs {package}, which is not installed",
        f'pip install "edgegen{pins.extra_of(package)}"',
    )


def check_output_folder(output: Path) -> None:
    """Raise InputError unless the output folder is empty or missing."""
    if output.is_dir():
        if any(output.iterdir()):
            raise InputError(f"the output folder {output} is not empty", "name another folder with --output")
    elif output.exists() or output.is_symlink():
        raise InputError(f"the output folder {output} is a file", "name another folder with --output")


def read_images(images: Sequence[Path]) -> list[Picture]:
    """Read the pictures of --image and shrink them to a project's size limits."""
    if len(images) > MAX_IMAGES:
        raise UsageError(
            f"--image is given {len(images)} times, but at most {MAX_IMAGES} times is possible",
            f"leave out {len(images) - MAX_IMAGES} of the pictures",
        )
    limit = min(IMAGE_BYTES, IMAGES_BYTES // max(len(images), 1))
    return [shrink(read_picture(image), limit) for image in images]
