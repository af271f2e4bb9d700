"""A small part of golden vectors, for an app that carries its own proof: fewer pictures, fewer candidates.

Nothing is computed anew. NMS goes from the best candidate to the worst, so that the weakest ones can be left
out without changing what becomes of the others.
"""

import json
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from edgegen.artifacts import vector_files
from edgegen.artifacts.vector_files import Entry, Record, VectorFiles
from edgegen.base.errors import InputError

ROWS: Final = (100, 30, 10, 3, 1)  # candidates of a picture: as many as leave room for enough pictures
ENOUGH: Final = 3  # pictures: upright, lying, and one whose size rounds


def write_sample(vectors: VectorFiles, folder: Path, deflated_bytes: int) -> None:
    """Write a part of the golden vectors that takes at most so many bytes when it is compressed.

    Pictures with boxes come first. There is always one picture, were it too large.

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
            "export the model again, or remove that folder: the .pte itself then has to do",
        ) from error
    vector_files.write(folder, _index(vectors.index, chosen), chosen)


def _choose(index: Mapping[str, Any], pictures: Sequence[Entry], deflated_bytes: int) -> list[Entry]:
    best: list[Entry] = []
    for rows in ROWS:
        kept: list[Entry] = []
        room = deflated_bytes - _deflated(_index(index, pictures))
        end_to_end = index["contract"] == "end2end"
        trimmed = [_trimmed(picture, rows, end_to_end) for picture in pictures]
        sizes = {picture.file: _deflated(picture.data) for picture in trimmed}
        for picture in sorted(trimmed, key=lambda p: (not _shows_boxes(p), sizes[p.file])):
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


def _shows_boxes(picture: Entry) -> bool:
    return "boxes.class" in picture.names and len(picture.array("boxes.class")) > 0


def _trimmed(picture: Entry, rows: int, end_to_end: bool) -> Entry:
    """Return the picture with its best candidates only, which have several classes in an end-to-end head."""
    if "decode.score" not in picture.names:
        return picture
    candidates = picture.array("decode.candidate")
    order = np.lexsort((candidates, -picture.array("decode.score")))  # as NMS takes them
    _, first = np.unique(candidates[order], return_index=True)
    best = candidates[order][np.sort(first)[:rows]]
    decoded = np.flatnonzero(np.isin(candidates, best))
    kept = picture.array("nms.keep")
    if end_to_end:  # nothing suppresses anything: the best of those that are left
        kept = order[np.isin(order, decoded)][: picture.about["max_det"]]
    record = Record()
    for name in picture.names:
        array = picture.array(name)
        if name == "nms.keep":
            array = np.searchsorted(decoded, kept[np.isin(kept, decoded)])
        elif name.startswith("decode."):
            array = array[decoded]
        elif name.startswith("raw.row."):
            array = array[np.isin(picture.array("raw.row.candidate"), candidates[decoded])]
        record.add(name, picture.about["arrays"][name]["dtype"], array)
    return Entry({**picture.about, "arrays": record.arrays}, bytes(record.data))
