"""A small part of golden vectors, for an app that carries its own proof: fewer pictures, fewer candidates.

Nothing is computed anew. NMS goes from the best candidate to the worst, so that the weakest ones can be left
out without changing what becomes of the others.
"""

import json
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from edgegen.base.errors import InputError

INDEX: Final = "index.json"
ROWS: Final = (100, 30, 10, 3, 1)  # candidates of a picture: as many as leave room for enough pictures
ENOUGH: Final = 3  # pictures: upright, lying, and one whose size rounds
_BYTES: Final = {"u8": 1, "u32": 4, "f32": 4}


@dataclass(frozen=True)
class _Picture:
    entry: Mapping[str, Any]
    data: bytes

    @property
    def shows_boxes(self) -> bool:
        boxes = self.entry["arrays"].get("boxes.class")
        return boxes is not None and boxes["shape"][0] > 0

    def array(self, name: str) -> bytes:
        place = self.entry["arrays"][name]
        content = self.data[place["offset"] :][: _size(place)]
        if len(content) != _size(place):
            raise ValueError(f"{self.entry['file']} is cut off")
        return content


def write_sample(vectors: Path, folder: Path, deflated_bytes: int) -> None:
    """Write a part of the golden vectors that takes at most so many bytes when it is compressed.

    Pictures with boxes come first. There is always one picture, were it too large.

    Raises:
        InputError: The vectors are damaged.
        OSError: It could not be written.
    """
    try:
        index = json.loads((vectors / INDEX).read_bytes())
        pictures = [_Picture(entry, (vectors / entry["file"]).read_bytes()) for entry in index["pictures"]]
        chosen = _choose(index, pictures, deflated_bytes)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, struct.error) as error:
        why = f"{type(error).__name__}: {error}"
        raise InputError(
            f"the golden vectors cannot be read: {why}",
            "export the model again, or remove that folder: the .pte itself then has to do",
        ) from error
    folder.mkdir(parents=True, exist_ok=True)
    (folder / INDEX).write_bytes(_index(index, chosen))
    for picture in chosen:
        (folder / picture.entry["file"]).write_bytes(picture.data)


def _choose(index: Mapping[str, Any], pictures: list[_Picture], deflated_bytes: int) -> list[_Picture]:
    best: list[_Picture] = []
    for rows in ROWS:
        kept: list[_Picture] = []
        room = deflated_bytes - _deflated(_index(index, pictures))
        trimmed = [_trimmed(picture, rows) for picture in pictures]
        sizes = {picture.entry["file"]: _deflated(picture.data) for picture in trimmed}
        for picture in sorted(trimmed, key=lambda p: (not p.shows_boxes, sizes[p.entry["file"]])):
            size = sizes[picture.entry["file"]]
            if size <= room or (rows == ROWS[-1] and not kept and not best):
                kept.append(picture)
                room -= size
        if len(kept) > len(best):
            best = kept
        if len(best) >= min(ENOUGH, len(pictures)):
            break
    order = [picture.entry["file"] for picture in pictures]
    return sorted(best, key=lambda picture: order.index(picture.entry["file"]))


def _index(index: Mapping[str, Any], pictures: list[_Picture]) -> bytes:
    content = {**index, "pictures": [picture.entry for picture in pictures]}
    return (json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def _deflated(data: bytes) -> int:
    return len(zlib.compress(data))


def _trimmed(picture: _Picture, rows: int) -> _Picture:
    """Return the picture with its best candidates only."""
    arrays = picture.entry["arrays"]
    if "decode.score" not in arrays:
        return picture
    scores = _numbers(picture, "decode.score", "f")
    candidates = _numbers(picture, "decode.candidate", "I")
    order = sorted(range(len(scores)), key=lambda i: (-scores[i], candidates[i]))  # as NMS takes them
    decoded = sorted(order[:rows])
    place_of = {old: new for new, old in enumerate(decoded)}
    known = {candidates[i] for i in decoded}
    keep = [place_of[i] for i in _numbers(picture, "nms.keep", "I") if i in place_of]
    raw: list[int] = []
    if "raw.row.candidate" in arrays:
        raw = [
            i for i, candidate in enumerate(_numbers(picture, "raw.row.candidate", "I")) if candidate in known
        ]
    data, places = bytearray(), {}
    for name, place in arrays.items():
        shape = list(place["shape"])
        content = picture.array(name)
        if name == "nms.keep":
            content, shape = struct.pack(f"<{len(keep)}I", *keep), [len(keep)]
        elif name.startswith(("decode.", "raw.row.")):
            wanted = decoded if name.startswith("decode.") else raw
            step = len(content) // shape[0] if shape[0] else 0
            content, shape = b"".join(content[i * step :][:step] for i in wanted), [len(wanted), *shape[1:]]
        places[name] = {"offset": len(data), "dtype": place["dtype"], "shape": shape}
        data += content
    return _Picture({**picture.entry, "arrays": places}, bytes(data))


def _numbers(picture: _Picture, name: str, kind: str) -> tuple[Any, ...]:
    content = picture.array(name)
    return struct.unpack(f"<{len(content) // 4}{kind}", content)


def _size(place: Mapping[str, Any]) -> int:
    size = _BYTES[place["dtype"]]
    for length in place["shape"]:
        size *= length
    return size
