"""Rewrites a checkpoint in PyTorch's format before 1.6 as an archive, without unpickling it.

torch's restricted loading rejects that format for whole models, Ultralytics' predict reads it.
"""

import io
import pickletools
import zipfile
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

_MAGIC: Final = 0x1950A86A20F9469CFC6C  # the first of the file's five pickles
_TEXTS: Final = {"BINUNICODE", "SHORT_BINUNICODE", "UNICODE"}
_PUTS: Final = {"PUT", "BINPUT", "LONG_BINPUT"}
_GETS: Final = {"GET", "BINGET", "LONG_BINGET"}
_STORAGE_PARTS: Final = 6  # "storage", type, key, device, count, None


class _Atom(NamedTuple):
    """What an opcode pushes, and where it is in the new pickle."""

    kind: str  # "text", "class" or ""
    value: str
    start: int
    end: int


def write_archive(path: Path, archive: Path) -> bool:
    """Write an old checkpoint as an archive; return False if the file is none.

    Raises:
        ValueError, KeyError, EOFError: It is damaged, or older than PyTorch 0.4.
    """
    with path.open("rb") as file:
        if _MAGIC not in _arguments(file):
            return False
        _arguments(file), _arguments(file)  # the format's version; sizes of C types
        pickled, sizes = _without_sources(file)
        keys = [argument for argument in _arguments(file) if isinstance(argument, str)]
        with zipfile.ZipFile(archive, "w") as written:
            written.writestr("checkpoint/data.pkl", pickled)
            written.writestr("checkpoint/version", "3\n")
            written.writestr("checkpoint/byteorder", "little")
            for key in keys:
                count = int.from_bytes(file.read(8), "little")
                content = file.read(count * sizes[key])
                if len(content) != count * sizes[key]:
                    raise EOFError("the file ends before its weights do")
                written.writestr(f"checkpoint/data/{key}", content)
    return True


def _arguments(file: io.BufferedReader) -> list[object]:
    """Return the arguments of the opcodes of the next pickle; none if there is no pickle."""
    try:
        return [argument for _, argument, _ in pickletools.genops(file)]
    except Exception:  # what a broken stream provokes is not one kind of error
        return []


def _without_sources(file: io.BufferedReader) -> tuple[bytes, dict[str, int]]:
    """Return the next pickle as archives have it, and the bytes of an element of each storage.

    The old format names a class together with its source code, which is left out, and a storage with a part
    that is always None. Both are persistent IDs: flat tuples of constants and classes.
    """
    from torch.storage import _get_dtype_from_pickle_storage_type

    begin = file.tell()
    operations = list(pickletools.genops(file))
    places = [*(int(at or 0) - begin for _, _, at in operations), file.tell() - begin]
    file.seek(begin)
    pickled = file.read(places[-1])
    out = bytearray()
    atoms: list[_Atom] = []  # since the last mark
    marks: list[int] = []
    memo: dict[object, _Atom] = {}
    identifier: tuple[list[_Atom], int, int] = [], 0, 0  # its parts; where its mark and its tuple are
    sizes: dict[str, int] = {}
    for (operation, argument, _), (at, end) in zip(operations, pairwise(places), strict=True):
        name, raw, start = operation.name, pickled[at:end], len(out)
        kind = value = ""
        if name in _TEXTS:
            kind, value = "text", str(argument)
        elif name == "GLOBAL":
            kind, value = "class", str(argument)
        elif name in _GETS and argument in memo:
            kind, value = memo[argument].kind, memo[argument].value
            if kind == "text":  # its first place may be gone
                encoded = value.encode("utf-8", "surrogatepass")
                raw = b"X" + len(encoded).to_bytes(4, "little") + encoded
        if name in _PUTS:
            if atoms:
                atoms[-1] = atoms[-1]._replace(end=start + len(raw))
                memo[argument] = atoms[-1]
        elif name == "BINPERSID":
            parts, mark, tuple_at = identifier
            if parts[0].value == "module":
                raw = bytes(out[parts[1].start : parts[1].end])
                del out[mark:]
            elif parts[0].value == "storage" and len(parts) == _STORAGE_PARTS:
                sizes[parts[2].value] = _get_dtype_from_pickle_storage_type(
                    parts[1].value.partition(" ")[2]
                ).itemsize
                del out[tuple_at - 1]  # None
            else:
                raise ValueError("its tensors share their memory as before PyTorch 0.4")
        elif name == "MARK":
            marks.append(start)
            atoms = []
        elif pickletools.markobject in operation.stack_before:
            identifier = atoms, marks.pop(), start
            atoms = []
        if name not in _PUTS and name != "MARK":
            atoms.append(_Atom(kind, value, start, start + len(raw)))
        out += raw
    return bytes(out), sizes
