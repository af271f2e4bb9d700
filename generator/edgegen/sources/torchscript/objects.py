"""Read the pickles of a TorchScript archive: modules with their attributes, and tensors. Nothing is executed.

torch's own unpickler does not check that a tensor stays within its bytes, or that an attribute has the type
that the code declares. Code compiled for another class would read foreign memory. Both are checked here.
"""

import io
import pickle
import pickletools
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from edgegen.base.errors import UnsupportedModelError
from edgegen.base.strict_yaml import shorten
from edgegen.sources.stored_tensors import stored_tensor
from edgegen.sources.torchscript.archive import HINT, Archive

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
    """Return the content of a pickle of the archive.

    Raises:
        UnsupportedModelError: It has other objects than modules, tensors and lists, or another device's.
        ValueError: It is damaged; so do other exceptions.
    """
    content = archive.read(name)
    for count, (opcode, argument, _) in enumerate(pickletools.genops(content)):
        if opcode.name not in _OPCODES or (opcode.name == "PROTO" and argument != _PROTOCOL):
            raise ValueError(f"the opcode {opcode.name}")
        if opcode.name.endswith("PUT") and int(argument or 0) > count:
            raise ValueError("a pickle of another program")
    return _Unpickler(archive, content, name.removesuffix(".pkl")).load()


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
            makers["torch.jit._pickle", "restore_type_tag"] = _without_type
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


def other_device(device: object) -> UnsupportedModelError:
    """Return the error for a module that was not traced on the CPU."""
    return UnsupportedModelError(
        f"TorchScript of the device {shorten(device)}", "trace the model on the CPU: model.cpu()"
    )


def _make_tensor(
    storage: Any, offset: Any, sizes: Any, strides: Any, _gradient: bool, _hooks: Any, *_: Any
) -> Stored:
    numbers = (offset, *sizes, *strides)
    if type(storage) is not Storage or any(type(each) is not int or each < 0 for each in numbers):
        raise ValueError("a tensor of another kind")
    return Stored(storage, offset, tuple(sizes), tuple(strides))


def _without_type(value: Any, _type: str) -> Any:
    return value


class Tensors:
    """Reads tensors of an archive. Tensors of one storage read it once."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._contents: dict[str, bytes] = {}

    def read(self, stored: Stored) -> Any:
        """Return the tensor.

        Raises:
            ValueError: It does not fit into its bytes; or RuntimeError.
        """
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
