"""Read a TorchScript archive: its members, and the modules and tensors in its pickles. Nothing is executed.

torch's own zip reader reads the members. Checks of one reader are worth nothing if another one loads the
file: torch ignores the case of names, for example, and reads a zip archive that starts with the bytes PTMF as
a flatbuffer. Members that an archive should not have are rejected.

torch's own unpickler does not check that a tensor stays within its bytes, or that an attribute has the type
that the code declares. Code compiled for another class would read foreign memory. Both are checked here.
"""

import io
import pickle
import pickletools
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import torch

from edgegen.base.errors import InputError, UnsupportedModelError
from edgegen.base.text import shorten
from edgegen.sources.graph import stored_tensor

HINT: Final = "export the model again with torch.jit.trace"
_START: Final = b"PK\x03\x04"
_FLATBUFFER: Final = b"PTMF"
_MOST_COMPRESSED: Final = 64 << 20  # bytes that compressed members may have more than the file
_KNOWN: Final = re.compile(
    r"(data|constants|traced_inputs)\.pkl|(data|constants|traced_inputs)/[0-9]+"
    r"|code/__torch__(/\w+)*\.py(\.debug_pkl)?|extra/[^/]+"
    r"|(\.data/)?version|byteorder|\.data/serialization_id|\.format_version|\.storage_alignment",
    re.ASCII,
)
# The opcodes that torch writes.
_OPCODES: Final = frozenset(
    """
    PROTO STOP MARK GLOBAL NEWOBJ BUILD REDUCE BINPERSID BINPUT LONG_BINPUT BINGET LONG_BINGET BINUNICODE NONE
    NEWTRUE NEWFALSE BININT BININT1 BININT2 LONG1 BINFLOAT EMPTY_TUPLE TUPLE TUPLE1 TUPLE2 TUPLE3 EMPTY_LIST
    APPEND APPENDS EMPTY_DICT SETITEM SETITEMS
    """.split()  # noqa: SIM905 - a list that can be read
)
_PROTOCOL: Final = 2
_STORAGES: Final = {
    "FloatStorage": ("float32", 4),
    "DoubleStorage": ("float64", 8),
    "HalfStorage": ("float16", 2),
    "BFloat16Storage": ("bfloat16", 2),
    "LongStorage": ("int64", 8),
    "IntStorage": ("int32", 4),
    "ShortStorage": ("int16", 2),
    "CharStorage": ("int8", 1),
    "ByteStorage": ("uint8", 1),
    "BoolStorage": ("bool", 1),
}
_TENSOR: Final = ("torch._utils", "_rebuild_tensor_v2")
_LISTS: Final = ("build_intlist", "build_doublelist", "build_boollist", "build_tensorlist")


@dataclass(frozen=True)
class Archive:
    """The members of an archive, without the folder that has the file's name."""

    path: Path
    names: tuple[str, ...]
    reader: Any

    def read(self, name: str) -> bytes:
        """Return the content of a member."""
        content: bytes = self.reader.get_record(name)
        return content


def open_archive(path: Path) -> Archive:
    """Return the archive."""
    with path.open("rb") as file:
        start = file.read(len(_START) + len(_FLATBUFFER))
    if not start.startswith(_START) or start.endswith(_FLATBUFFER):
        raise InputError(f"{path} is damaged: it does not begin like a zip archive", HINT)
    try:
        reader = torch._C.PyTorchFileReader(str(path))
        names = tuple(reader.get_all_records())
        sizes = [int(reader.get_record_size(name)) for name in names]
        with zipfile.ZipFile(path) as archive:
            others = sorted(name.partition("/")[2] for name in archive.namelist())
        order = reader.get_record("byteorder") if "byteorder" in names else b"little"
    except Exception as error:  # torch and zipfile raise many types
        raise InputError(f"{path} is damaged: {shorten(str(error))}", HINT) from error
    if sorted(names) != others or len({name.lower() for name in names}) != len(names):
        raise InputError(f"{path} is damaged: names of its members are not unique", HINT)
    if sum(sizes) > path.stat().st_size + _MOST_COMPRESSED:
        raise InputError(f"{path} is damaged: its members are larger than the file", HINT)
    unknown = [name for name in names if not _KNOWN.fullmatch(name)]
    if unknown or order != b"little":
        what = f"the member {shorten(unknown[0])}" if unknown else "big-endian weights"
        raise UnsupportedModelError(f"TorchScript archives with {what} ({path.name})", HINT)
    return Archive(path, names, reader)


class Storage(NamedTuple):
    """The bytes of tensors."""

    dtype: str
    member: str
    size: int  # bytes


class Stored(NamedTuple):
    """A tensor before its bytes are read."""

    storage: Storage
    offset: int
    sizes: tuple[int, ...]
    strides: tuple[int, ...]


class SavedModule:
    """A module with its attributes. `path` is that of its first place: "model.23.cv2"."""

    class_name = ""
    path = ""
    attributes: Mapping[str, Any] = MappingProxyType({})

    def __setstate__(self, state: Any) -> None:
        if type(state) is not dict or not all(type(name) is str for name in state):
            raise ValueError("a module without attributes")
        self.attributes = state


def read_pickle(archive: Archive, name: str) -> Any:
    """Return the content of a pickle of the archive."""
    content = archive.read(name)
    for count, (opcode, argument, _) in enumerate(pickletools.genops(content)):
        if opcode.name not in _OPCODES or (opcode.name == "PROTO" and argument != _PROTOCOL):
            raise ValueError(f"the opcode {opcode.name}")
        if opcode.name.endswith("PUT") and int(argument or 0) > count:
            raise ValueError("a pickle of another program")
    return _Unpickler(archive, content, name.removesuffix(".pkl")).load()


def other_device(device: object) -> UnsupportedModelError:
    """Return the error for a module that was not traced on the CPU."""
    return UnsupportedModelError(
        f"TorchScript of the device {shorten(device)}", "trace the model on the CPU: model.cpu()"
    )


class Tensors:
    """Reads tensors of an archive. Tensors of one storage read it once."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._contents: dict[str, bytes] = {}

    def read(self, stored: Stored) -> Any:
        """Return the tensor."""
        storage = stored.storage
        if storage.member not in self._contents:
            self._contents[storage.member] = self._archive.read(storage.member)
        content = self._contents[storage.member]
        if len(content) != storage.size:
            raise ValueError(f"the tensor {storage.member} has {len(content)} bytes, not {storage.size}")
        return stored_tensor(content, storage.dtype, stored.sizes, stored.strides, stored.offset)


def modules_below(root: SavedModule) -> Iterator[SavedModule]:
    """Give all modules once, and set their paths."""
    seen, waiting = {id(root)}, [root]
    while waiting:
        module = waiting.pop()
        yield module
        for name, value in module.attributes.items():
            if isinstance(value, SavedModule) and id(value) not in seen:
                seen.add(id(value))
                value.path = f"{module.path}.{name}".lstrip(".")
                waiting.append(value)


class _Unpickler(pickle.Unpickler):
    """Makes modules without methods, and tensors without bytes."""

    def __init__(self, archive: Archive, content: bytes, folder: str) -> None:
        super().__init__(io.BytesIO(content))
        self._name, self._folder = archive.path.name, folder

    def find_class(self, module: str, name: str) -> Any:
        """Return what makes an object of this class."""
        if module == "torch" and name in _STORAGES:
            return _STORAGES[name]
        makers: dict[tuple[str, str], Callable[..., Any]] = {
            _TENSOR: _make_tensor,
            ("collections", "OrderedDict"): dict,  # hooks
            **{("torch.jit._pickle", each): list for each in _LISTS},
        }
        if self._folder == "traced_inputs":  # torch does not load it
            makers["torch.jit._pickle", "restore_type_tag"] = lambda value, _type: value
        if (module, name) in makers:
            return makers[module, name]
        is_module = module == "__torch__" or module.startswith("__torch__.")
        if is_module and not module.startswith("__torch__.torch.classes"):
            return type("Saved", (SavedModule,), {"class_name": f"{module}.{name}"})
        raise UnsupportedModelError(f"the object {shorten(f'{module}.{name}')} ({self._name})", HINT)

    def persistent_load(self, pid: Any) -> Storage:
        """Return a storage."""
        kind, (dtype, size), key, device, count = pid
        if device != "cpu":
            raise other_device(device)
        if kind != "storage" or type(key) is not str or not key.isdecimal() or type(count) is not int:
            raise ValueError("a storage of another kind")
        assert type(size) is int  # noqa: S101 - from the table above
        return Storage(dtype, f"{self._folder}/{key}", count * size)


def _make_tensor(
    storage: Any, offset: Any, sizes: Any, strides: Any, _gradient: bool, _hooks: Any, *_: Any
) -> Stored:
    numbers = (offset, *sizes, *strides)
    if type(storage) is not Storage or any(type(each) is not int or each < 0 for each in numbers):
        raise ValueError("a tensor of another kind")
    return Stored(storage, offset, tuple(sizes), tuple(strides))
