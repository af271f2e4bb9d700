"""Convert a checkpoint in the format of PyTorch before 1.6 to an archive, without unpickling it.

torch's restricted loading rejects whole models in that format, but Ultralytics' predict reads them.
"""

import io
import os
import pickletools
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

from edgegen.base.errors import InputError, UnsupportedModelError, first_line
from edgegen.base.files import link_or_copy
from edgegen.base.text import plain
from edgegen.sources.pickles import GETS, PUTS, UNICODE

_MAGIC: Final = 0x1950A86A20F9469CFC6C  # the content of the first of the file's five pickles
_STORAGE_PARTS: Final = 6  # "storage", type, key, device, count, None


class _Tuple(NamedTuple):
    """A tuple that was copied, with positions in the new pickle."""

    parts: "list[_Atom]"
    mark: int  # of its first opcode
    end: int  # of the opcode that makes the tuple


class _Atom(NamedTuple):
    """The value that an opcode pushes, and its position in the new pickle."""

    kind: str  # "text", "class" or ""
    value: str
    start: int
    end: int


@contextmanager
def readable_archive(path: Path) -> Iterator[Path]:
    """Give the path of a checkpoint as an archive with a name that Ultralytics does not change.

    Ultralytics requires the suffix .pt, drops apostrophes from paths, and reads yolov5n.pt as yolov5nu.pt.
    """
    with tempfile.TemporaryDirectory(prefix="edgegen-") as folder:
        archive = Path(folder) / "checkpoint.pt"
        try:
            if not _write_archive(path, archive):
                link_or_copy(path, archive)
        except (EOFError, ValueError) as error:
            raise damaged(path, error) from error
        yield archive


def damaged(path: Path, error: BaseException) -> InputError:
    """Return the error for a file that cannot be unpickled."""
    cause = plain(first_line(error))
    return InputError(f"{path} is damaged or not a checkpoint: {cause}", "download or copy it again")


def _write_archive(path: Path, archive: Path) -> bool:
    """Write an old checkpoint as an archive; return False if the file has another format."""
    with path.open("rb") as file:
        if _MAGIC not in _arguments(file):
            return False
        _arguments(file), _arguments(file)  # the format's version; sizes of C types
        try:
            pickled, sizes = _without_sources(file)
        except (LookupError, MemoryError, OverflowError) as error:  # inconsistent opcodes
            raise ValueError("its pickle is broken") from error
        keys = [argument for argument in _arguments(file) if isinstance(argument, str)]
        with zipfile.ZipFile(archive, "w") as output:
            output.writestr("checkpoint/data.pkl", pickled)
            output.writestr("checkpoint/version", "3\n")
            output.writestr("checkpoint/byteorder", "little")
            for key in keys:
                if key not in sizes:
                    raise ValueError(f"its record has no tensor for the weights {key!r}")
                length = int.from_bytes(file.read(8), "little") * sizes[key]
                if length > os.fstat(file.fileno()).st_size - file.tell():
                    raise EOFError("the file ends before its weights do")
                output.writestr(f"checkpoint/data/{key}", file.read(length))
    return True


def _arguments(file: io.BufferedReader) -> list[object]:
    """Return the arguments of the next pickle's opcodes; [] if there is no pickle."""
    try:
        return [argument for _, argument, _ in pickletools.genops(file)]
    except Exception:  # a broken stream raises many types of errors
        return []


def _without_sources(file: io.BufferedReader) -> tuple[bytes, dict[str, int]]:
    """Return the next pickle in the form of archives, and the element size in bytes of each storage.

    The old format names a class with its source code and a storage with a final None. Both are persistent
    IDs: flat tuples of constants and classes. Archives have neither source code nor None.
    """
    begin = file.tell()
    operations = list(pickletools.genops(file))
    positions = [*(int(at or 0) - begin for _, _, at in operations), file.tell() - begin]
    file.seek(begin)
    pickled = file.read(positions[-1])
    copy = _Rewriter(Path(file.name).name)
    for (operation, argument, _), (at, end) in zip(operations, pairwise(positions), strict=True):
        copy.add(operation, argument, pickled[at:end])
    return bytes(copy.out), copy.sizes


class _Rewriter:
    """Copies a pickle opcode by opcode, with the persistent IDs of archives."""

    def __init__(self, file_name: str) -> None:
        self.out = bytearray()
        self.sizes: dict[str, int] = {}  # bytes per element, by storage
        self._file_name = file_name
        self._atoms: list[_Atom] = []  # since the last mark
        self._marks: list[tuple[int, list[_Atom]]] = []  # position, and the atoms before it
        self._memo: dict[object, _Atom] = {}
        self._last_tuple = _Tuple([], 0, 0)

    def add(self, operation: pickletools.OpcodeInfo, argument: object, raw: bytes) -> None:
        """Copy an opcode."""
        name = operation.name
        if name in PUTS:
            self.out += raw
            if self._atoms:
                self._memo[argument] = self._atoms[-1] = self._atoms[-1]._replace(end=len(self.out))
        elif name in GETS and argument in self._memo:
            kind, value, *_ = self._memo[argument]
            if kind == "text":  # the original may be deleted
                encoded = value.encode("utf-8", "surrogatepass")
                raw = b"X" + len(encoded).to_bytes(4, "little") + encoded
            self._push(raw, kind, value)
        elif name == "BINPERSID":
            self._persistent_id(raw)
        elif name == "MARK":
            self._marks.append((len(self.out), self._atoms))
            self._atoms = []
            self.out += raw
        elif pickletools.markobject in operation.stack_before:
            mark, before = self._marks.pop()
            self._last_tuple = _Tuple(self._atoms, mark, len(self.out))
            self._atoms = before
            self._push(raw)
        else:
            kind = "text" if name in UNICODE else "class" if name == "GLOBAL" else ""
            self._push(raw, kind, str(argument) if kind else "")

    def _push(self, raw: bytes, kind: str = "", value: str = "") -> None:
        start = len(self.out)
        self.out += raw
        self._atoms.append(_Atom(kind, value, start, len(self.out)))

    def _persistent_id(self, raw: bytes) -> None:
        """Remove the source code of a class and the None of a storage."""
        from torch.storage import _get_dtype_from_pickle_storage_type

        parts, mark, end = self._last_tuple
        self._atoms.pop()  # the tuple
        if parts[0].value == "module":
            raw = bytes(self.out[parts[1].start : parts[1].end])
            del self.out[mark:]
        elif parts[0].value != "storage":
            raise ValueError("its pickle refers to something that is neither a class nor a tensor")
        elif len(parts) != _STORAGE_PARTS or self.out[end - 1 : end] != b"N":
            raise UnsupportedModelError(
                f"checkpoints of PyTorch before 0.4 ({self._file_name})",
                'load it with a newer PyTorch and save it again: torch.save(torch.load("old.pt"), "new.pt")',
            )
        else:
            kind = parts[1].value.partition(" ")[2]
            self.sizes[parts[2].value] = _get_dtype_from_pickle_storage_type(kind).itemsize
            del self.out[end - 1]
        self._push(raw)
