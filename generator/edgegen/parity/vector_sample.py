"""Write a sample of golden vectors for an app's self-check: fewer pictures, fewer candidates.

Nothing is computed again. The task drops only candidates that do not change the result of the others.
"""

import json
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy.typing as npt

from edgegen import tasks
from edgegen.artifacts import vector_files
from edgegen.artifacts.vector_files import Entry, Record, VectorFiles
from edgegen.base.errors import InputError
from edgegen.tasks.decoder import Decoder

_FIRST_TASK: Final = "detect"  # for vectors without a task, from before there were others
ROWS: Final = (100, 30, 10, 3, 1)  # candidates a picture, reduced until enough pictures fit
ENOUGH: Final = 3  # pictures: portrait, landscape, and one whose size is rounded


def write_sample(vectors: VectorFiles, folder: Path, deflated_bytes: int) -> None:
    """Write a part of the golden vectors that takes at most deflated_bytes when compressed.

    Pictures with results come first. There is always one picture, even if it is too large.

    Raises:
        InputError: The vectors are damaged.
        OSError: It could not be written.
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


def _choose(index: Mapping[str, Any], pictures: Sequence[Entry], deflated_bytes: int) -> list[Entry]:
    stages = tasks.find(index.get("task", _FIRST_TASK)).decoder
    best: list[Entry] = []
    for rows in ROWS:
        kept: list[Entry] = []
        room = deflated_bytes - _deflated(_index(index, pictures))
        trimmed = [_trimmed(stages, index["contract"], picture, rows) for picture in pictures]
        sizes = {picture.file: _deflated(picture.data) for picture in trimmed}
        for picture in sorted(trimmed, key=lambda p: (not stages.has_result(_arrays(p)), sizes[p.file])):
            size = sizes[picture.file]
            if size <= room or (rows == ROWS[-1] and not kept and not best):
                kept.append(picture)
                room -= size
        if len(kept) > len(best):
            best = kept
        if len(best) >= min(ENOUGH, len(pictures)):
            break
    order = [picture.file for picture in pictures]
    return sorted(best, key=lambda picture: order.index(picture.file))


def _index(index: Mapping[str, Any], pictures: Sequence[Entry]) -> bytes:
    content = {**index, "pictures": [picture.about for picture in pictures]}
    return (json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def _deflated(data: bytes) -> int:
    return len(zlib.compress(data))


def _arrays(picture: Entry) -> dict[str, npt.NDArray[Any]]:
    return {name: picture.array(name) for name in picture.names}


def _trimmed(stages: Decoder, contract: str, picture: Entry, rows: int) -> Entry:
    """Return the picture with at most `rows` candidates."""
    about = picture.about
    record = Record()
    for name, array in stages.trim(_arrays(picture), contract, rows, about["max_det"]).items():
        record.add(name, about["arrays"][name]["dtype"], array)
    return Entry({**about, "arrays": record.arrays}, bytes(record.data))
