"""Golden vectors on disk: index.json, and a binary file for each picture with its arrays in sequence.

templates/_shared/vectors/README.md.jinja describes the format. Functions import numpy themselves, because
looking for vectors does not need it.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from edgegen.base.errors import InputError

if TYPE_CHECKING:
    import numpy.typing as npt

INDEX: Final = "index.json"
TYPES: Final = {"u8": "<u1", "u32": "<u4", "f32": "<f4"}  # little-endian


@dataclass(frozen=True)
class VectorFile:
    """A picture: its entry in the index, and the bytes of its file."""

    about: Mapping[str, Any]
    data: bytes

    @property
    def file(self) -> str:
        """The name of its file."""
        return str(self.about["file"])

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its arrays, in the file's order."""
        return tuple(self.about["arrays"])

    def array(self, name: str) -> "npt.NDArray[Any]":
        """Return an array. Raise ValueError if the file is too short."""
        import numpy as np

        layout = self.about["arrays"][name]
        shape = [int(length) for length in layout["shape"]]
        if min(shape, default=0) < 0 or layout["offset"] < 0:
            raise ValueError(f"{name} has the layout {layout}")
        count = int(np.prod(shape))
        return np.frombuffer(self.data, TYPES[layout["dtype"]], count, layout["offset"]).reshape(shape)


class Record:
    """A picture's file in the making."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.arrays: dict[str, dict[str, Any]] = {}

    def add(self, name: str, dtype: str, array: "npt.NDArray[Any]") -> None:
        """Append an array."""
        import numpy as np

        self.arrays[name] = {"offset": len(self.data), "dtype": dtype, "shape": list(array.shape)}
        self.data += np.ascontiguousarray(array, dtype=TYPES[dtype]).tobytes()


@dataclass(frozen=True)
class VectorFiles:
    """The content of a folder of golden vectors."""

    text: bytes  # of the index
    index: Mapping[str, Any]
    entries: tuple[VectorFile, ...]


def exist_in(folder: Path) -> bool:
    """Return whether a folder has golden vectors. Raise PermissionError if it cannot be read."""
    return (folder / INDEX).is_file()


def read(folder: Path, hint: str) -> VectorFiles:
    """Read the index and its files. Raise InputError with this hint if that fails."""
    try:
        text = (folder / INDEX).read_bytes()
        index = json.loads(text)
        entries = tuple(
            VectorFile(about, (folder / _plain(about["file"])).read_bytes()) for about in index["pictures"]
        )
        for entry in entries:
            for name in entry.names:
                entry.array(name)
        return VectorFiles(text, {**index, "model_sha256": index["model_sha256"]}, entries)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        why = f"{type(error).__name__}: {error}"
        raise InputError(f"the golden vectors in {folder} cannot be read: {why}", hint) from error


def pad_missing(folder: Path, aside: Path) -> Path:
    """Return a folder of golden vectors, or a copy `aside` in which zeros replace missing bytes.

    The caller must not compare with the zeros. If the index cannot be read, the result is the folder itself,
    and `read` raises the error.
    """
    try:
        index = json.loads((folder / INDEX).read_bytes())
        needed = {_plain(about["file"]): _bytes_of(about["arrays"]) for about in index["pictures"]}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return folder
    files = {name: folder / name for name in needed}
    if all(path.is_file() and path.stat().st_size >= needed[name] for name, path in files.items()):
        return folder
    aside.mkdir(parents=True)
    (aside / INDEX).write_bytes((folder / INDEX).read_bytes())
    for name, path in files.items():
        content = path.read_bytes() if path.is_file() else b""
        (aside / name).write_bytes(content.ljust(needed[name], b"\0"))
    return aside


def _bytes_of(arrays: Mapping[str, Any]) -> int:
    """Return the smallest size of a picture's file."""
    ends = (
        int(layout["offset"]) + math.prod(map(int, layout["shape"])) * int(TYPES[layout["dtype"]][-1])
        for layout in arrays.values()
    )
    return max(ends, default=0)


def write(folder: Path, text: bytes, entries: Sequence[VectorFile]) -> None:
    """Write an index and its files into a folder. Other files there stay."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in {INDEX: text, **{entry.file: entry.data for entry in entries}}.items():
        (folder / name).write_bytes(content)


def _plain(name: str) -> str:
    """Return a file name. Raise ValueError for a path, because vectors are untrusted."""
    if name in {"", ".", ".."} or "/" in name or "\\" in name or ":" in name:
        raise ValueError(f"{name!r} is not a plain file name")
    return name
