"""Read the pictures of golden vectors, for `edgegen verify`."""

from dataclasses import dataclass
from pathlib import Path

from edgegen.artifacts import vector_files
from edgegen.artifacts.vector_files import Entry
from edgegen.base.errors import InputError
from edgegen.model.thresholds import Thresholds
from edgegen.parity.picture_files import Picture

_HINT = "make the project again with `edgegen new`"


@dataclass(frozen=True)
class Golden:
    """A picture of golden vectors, with its thresholds."""

    picture: Picture
    thresholds: Thresholds


@dataclass(frozen=True)
class Goldens:
    """The pictures, and the source of the numbers: `pytorch`, `executorch` or `reference`."""

    source: str
    pictures: tuple[Golden, ...]


def read(folder: Path) -> Goldens:
    """Read the pictures of golden vectors, or raise InputError."""
    files = vector_files.read(folder, _HINT)
    try:
        return Goldens(files.index["source"], tuple(map(_golden, files.entries)))
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"the golden vectors in {folder} cannot be read: {type(error).__name__}: {error}", _HINT
        ) from error


def _golden(entry: Entry) -> Golden:
    about = entry.about
    thresholds = Thresholds(about["confidence"], about["iou"], about["max_det"], about["agnostic"])
    return Golden(Picture(about["name"], entry.array("picture")), thresholds)
