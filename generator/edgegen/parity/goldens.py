"""Stored golden vectors: their pictures for `edgegen verify`, and a sample for an app's self-check.

A sample has fewer pictures and candidates. Nothing is computed again: the task drops only candidates that do
not change the result of the others.
"""

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy.typing as npt

from edgegen import tasks
from edgegen.artifacts import vector_files
from edgegen.artifacts.vector_files import Record, VectorFile, VectorFiles
from edgegen.base.errors import InputError
from edgegen.model.thresholds import Thresholds
from edgegen.parity.picture_files import Picture
from edgegen.tasks.decoder import Decoder

_HINT: Final = "make the project again with `edgegen new`"
_FIRST_TASK: Final = "detect"  # for vectors without a task, from before there were others
ROWS: Final = (100, 30, 10, 3, 1)  # candidates a picture, reduced until enough pictures fit
ENOUGH: Final = 3  # pictures: portrait, landscape, and one whose size is rounded


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
        pictures = [
            Golden(Picture(each.about["name"], each.array("picture")), thresholds_of(each.about))
            for each in files.entries
        ]
        return Goldens(files.index["source"], tuple(pictures))
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"the golden vectors in {folder} cannot be read: {type(error).__name__}: {error}", _HINT
        ) from error


def thresholds_of(about: Mapping[str, Any]) -> Thresholds:
    """Return the thresholds of a picture, from its part of the index."""
    return Thresholds(about["confidence"], about["iou"], about["max_det"], about["agnostic"])


def write_sample(vectors: VectorFiles, folder: Path, deflated_bytes: int) -> None:
    """Write a part of the golden vectors that takes at most deflated_bytes when compressed.

    Pictures with results come first. There is always one picture, even if it is too large.
    """
    try:
        chosen = _choose(vectors.index, vectors.entries, deflated_bytes)
    except (ValueError, KeyError, TypeError, IndexError) as error:
        why = f"{type(error).__name__}: {error}"
        raise InputError(
            f"the golden vectors cannot be read: {why}",
            "export the model again, or delete the folder, so that the .pte itself is the authority",
        ) from error
    vector_files.write(folder, _index(vectors.index, chosen), chosen)


def _choose(
    index: Mapping[str, Any], pictures: Sequence[VectorFile], deflated_bytes: int
) -> list[VectorFile]:
    """Return the pictures of the sample, in order, with as many candidates as let ENOUGH of them fit."""
    decoder = tasks.find(index.get("task", _FIRST_TASK)).decoder
    room = deflated_bytes - len(zlib.compress(_index(index, pictures)))
    best: list[VectorFile] = []
    for rows in ROWS:
        trimmed = [_trimmed(decoder, index["contract"], picture, rows) for picture in pictures]
        fitting = _fitting(decoder, trimmed, room, at_least_one=rows == ROWS[-1] and not best)
        if len(fitting) > len(best):
            best = fitting
        if len(best) >= min(ENOUGH, len(pictures)):
            break
    order = [picture.file for picture in pictures]
    return sorted(best, key=lambda picture: order.index(picture.file))


def _fitting(
    decoder: Decoder, pictures: Sequence[VectorFile], room: int, *, at_least_one: bool
) -> list[VectorFile]:
    """Return pictures that take at most `room` bytes when compressed: with results first.

    at_least_one: the first one even if it is too large.
    """
    sizes = {picture.file: len(zlib.compress(picture.data)) for picture in pictures}
    fitting: list[VectorFile] = []
    for picture in sorted(pictures, key=lambda p: (not decoder.has_result(_arrays(p)), sizes[p.file])):
        size = sizes[picture.file]
        if size <= room or (at_least_one and not fitting):
            fitting.append(picture)
            room -= size
    return fitting


def _index(index: Mapping[str, Any], pictures: Sequence[VectorFile]) -> bytes:
    content = {**index, "pictures": [picture.about for picture in pictures]}
    return (json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def _arrays(picture: VectorFile) -> dict[str, npt.NDArray[Any]]:
    return {name: picture.array(name) for name in picture.names}


def _trimmed(decoder: Decoder, contract: str, picture: VectorFile, rows: int) -> VectorFile:
    """Return the picture with at most `rows` candidates."""
    about, record = picture.about, Record()
    for name, array in decoder.trim(_arrays(picture), contract, rows, thresholds_of(about)).items():
        record.add(name, about["arrays"][name]["dtype"], array)
    return VectorFile({**about, "arrays": record.arrays}, bytes(record.data))
