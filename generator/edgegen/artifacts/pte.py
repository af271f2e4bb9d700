"""Read the signature of a `.pte` without torch: methods, inputs, outputs, operators, backends.

The quantization steps of int8 inputs and outputs are in methods that return a constant.

A `.pte` is a flatbuffer (schema `executorch_flatbuffer.Program`) with an extended header, followed by
segments (weights, delegates' blobs). The header has the length of both, which shows whether a file is cut.

The files are untrusted: `Buffer` checks every offset and bounds the work. The generated readers of the
`executorch` wheel check no bounds, load numpy (0.1 s) and take seconds to import. The numbers of fields are
those of `exir/_serialize/program.fbs`, where fields are only appended; tests compare them.
"""

import mmap
import re
import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edgegen.base.errors import InputError, NotFetchedError, reason
from edgegen.model.precision import FLOAT32, INT8, Steps

IDENTIFIER: Final = b"ET12"  # bytes 4 to 8
SCHEMA_VERSION: Final = 0  # Program.version
_HEADER_MAGIC: Final = b"eh00"  # bytes 8 to 12
_HEAD: Final = struct.Struct("<I4s4sI3Q")  # root offset, identifier, magic, header length, then three sizes
_HEADER_LENGTH_WITH_SEGMENT_SIZE: Final = 32  # older headers lack the last of the three
_MAX_RANK: Final = 16
_CHECK_RIGHTS: Final = "check the permissions and the disk"
_EXPORT_AGAIN: Final = "export the model again: edgegen export --model CHECKPOINT --output DIR"

_MAX_STEPS: Final = 1_000_000  # reads per file; YOLO models take 4,000
_MAX_TEXT: Final = 1_000  # bytes of an operator's or a method's name

# The field numbers of program.fbs: a table's fields in their order; a union takes two, type and value.
PROGRAM: Final = {
    "version": 0,
    "execution_plan": 1,
    "constant_buffer": 2,
    "backend_delegate_data": 3,
    "segments": 4,
}
PLAN: Final = {"name": 0, "values": 2, "inputs": 3, "outputs": 4, "chains": 5, "operators": 6, "delegates": 7}
CHAIN: Final = {"instructions": 2}
INSTRUCTION: Final = {"instr_args_type": 0, "instr_args": 1}
KERNEL_CALL: Final = {"op_index": 0}
OPERATOR: Final = {"name": 0, "overload": 1}
BACKEND_DELEGATE: Final = {"id": 0}
EVALUE: Final = {"val_type": 0, "val": 1}
TENSOR: Final = {"scalar_type": 0, "sizes": 2, "shape_dynamism": 8, "extra_tensor_info": 9}
EXTRA_TENSOR_INFO: Final = {"location": 2}
SCALAR: Final = {"number": 0}  # of Int and of Double
DATA_SEGMENT: Final = {"offset": 0, "size": 1}
BUFFER: Final = {"storage": 0}
BACKEND_DELEGATE_INLINE_DATA: Final = {"data": 0}

# InstructionArguments, KernelTypes, TensorDataLocation and ScalarType of the schema.
KERNEL_CALL_TYPE: Final = 1
INT_TYPE: Final = 2
FLOAT_TYPE: Final = 4
TENSOR_TYPE: Final = 5
VALUE_KINDS: Final = (
    "none", "none", "int", "bool", "float", "tensor", "string",
    "int list", "float list", "bool list", "tensor list", "optional tensor list",
)  # fmt: skip
EXTERNAL: Final = 1
SCALAR_TYPES: Final = {
    0: "uint8", 1: "int8", 2: "int16", 3: "int32", 4: "int64", 5: "float16", 6: "float32", 7: "float64",
    11: "bool", 12: "qint8", 13: "quint8", 14: "qint32", 15: "bfloat16", 16: "quint4x2", 17: "quint2x4",
    22: "bits16", 23: "float8_e5m2", 24: "float8_e4m3fn", 25: "float8_e5m2fnuz", 26: "float8_e4m3fnuz",
    27: "uint16", 28: "uint32", 29: "uint64",
}  # fmt: skip

METHOD: Final = "forward"


@dataclass(frozen=True)
class Value:
    """One input or output of a method."""

    kind: str  # "tensor", or one of VALUE_KINDS
    dtype: str = ""  # tensors only: "float32", ...
    shape: tuple[int, ...] = ()  # tensors only
    dynamic: bool = False  # the shape is an upper bound
    number: float | None = None  # the value of an int or float in a constant method

    def __str__(self) -> str:
        """Return the value as `float32 [1, 3, 640, 640]`."""
        if self.kind != "tensor":
            return self.kind
        return f"{self.dtype} [{', '.join(map(str, self.shape))}]{' at most' if self.dynamic else ''}"


@dataclass(frozen=True)
class Operator:
    """An operator that runs outside the delegates, on the portable or optimized kernels."""

    name: str  # with its overload: "aten::cat.out"
    count: int  # number of calls


@dataclass(frozen=True)
class Delegate:
    """The subgraphs of a method that run on one backend."""

    backend: str  # its name in the runtime: "XnnpackBackend"
    count: int  # number of subgraphs


@dataclass(frozen=True)
class Method:
    """One entry point of the program, usually `forward`."""

    name: str
    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]
    operators: tuple[Operator, ...]  # most calls first
    delegates: tuple[Delegate, ...]  # most subgraphs first


@dataclass(frozen=True)
class PteContent:
    """The signature of a `.pte`. All sizes are within the file's."""

    methods: tuple[Method, ...]
    external_data: bool = False  # some weights are in a .ptd file
    program_bytes: int = 0  # the flatbuffer
    segments: int = 0
    segment_bytes: int = 0  # weights and delegates' blobs

    def method(self, name: str) -> Method | None:
        """Return the method of this name."""
        return next((m for m in self.methods if m.name == name), None)

    def constant(self, name: str) -> float | None:
        """Return the number that a constant method returns; None if there is no such method."""
        method = self.method(name)
        return method.outputs[0].number if method and len(method.outputs) == 1 else None


def read_pte(path: Path) -> PteContent:
    """Return the signature of a `.pte`. Raise InputError if it is missing, cut, damaged, or not a `.pte`."""
    try:
        if not path.exists():
            raise InputError(f"{path} does not exist", "check the path of the .pte file")
        if not path.is_file():
            raise InputError(
                f"{path} is {'a folder' if path.is_dir() else 'a device or a pipe'}, not a .pte file",
                "check the path of the .pte file",
            )
        check_kind(path)
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _read(path, data)
    except _FlatbufferError as error:
        raise InputError(f"{path} is damaged: {error}", _EXPORT_AGAIN) from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {reason(error)}", _CHECK_RIGHTS) from None


def check_kind(path: Path) -> None:
    """Raise InputError, with a guess of the file's type, unless it begins like a `.pte`."""
    with path.open("rb") as file:
        head = file.read(64)
    size = path.stat().st_size
    if not head:
        raise InputError(f"{path} is empty", _EXPORT_AGAIN)
    identifier = head[4:8]
    if identifier == IDENTIFIER:
        if size < _HEAD.size:
            raise InputError(f"{path} is cut short: it has {size} bytes", _EXPORT_AGAIN)
        return
    if re.fullmatch(rb"ET\d\d", identifier):
        raise InputError(
            f"{path} is a .pte of another version: its format is {identifier.decode()},"
            f" not {IDENTIFIER.decode()}",
            _EXPORT_AGAIN,
        )
    if head.startswith(b"version https://git-lfs"):
        raise NotFetchedError(
            f"{path} is a Git LFS pointer, not the file itself", "fetch the file: git lfs pull"
        )
    if head.startswith(b"PK"):
        raise InputError(f"{path} is a zip archive (a PyTorch checkpoint?), not a .pte file", _EXPORT_AGAIN)
    difference = f"bytes 4 to 8 are {identifier!r}, not {IDENTIFIER!r}"
    if all(byte in b"\t\n\r" or byte >= 0x20 for byte in head):
        difference = "it looks like text"
    raise InputError(f"{path} is not a .pte file: {difference}", _EXPORT_AGAIN)


class _FlatbufferError(Exception):
    """The file is damaged: an offset is outside the buffer, or the structure is endless."""


class Buffer:
    """Checked little-endian reads from `data[:size]`."""

    def __init__(self, data: bytes | mmap.mmap, size: int) -> None:
        self.data = data
        self.size = size
        self.steps = 0

    def scalar(self, layout: str, position: int) -> int:
        """Return one integer; `layout` is a struct format such as `<I`."""
        self.steps += 1
        if self.steps > _MAX_STEPS:
            raise _FlatbufferError("its structure repeats without end")
        if not 0 <= position <= self.size - struct.calcsize(layout):
            raise _FlatbufferError(f"an offset points to byte {position} of {self.size}")
        value: int = struct.unpack_from(layout, self.data, position)[0]
        return value

    def root(self) -> "Table":
        """Return the root table."""
        return Table(self, self.scalar("<I", 0))


class Table:
    """A table. Fields have their number in the schema."""

    def __init__(self, buffer: Buffer, position: int) -> None:
        self._buffer = buffer
        self._position = position
        self._vtable = position - buffer.scalar("<i", position)
        self._vtable_size = buffer.scalar("<H", self._vtable)

    def _field(self, number: int) -> int | None:
        entry = 4 + 2 * number
        if entry + 2 > self._vtable_size:
            return None
        offset = self._buffer.scalar("<H", self._vtable + entry)
        return self._position + offset if offset else None

    def _target(self, number: int) -> int | None:
        field = self._field(number)
        return None if field is None else field + self._buffer.scalar("<I", field)

    def integer(self, number: int, layout: str) -> int:
        """Return a scalar field, 0 if absent; `layout` is a struct format such as `<I`."""
        field = self._field(number)
        return 0 if field is None else self._buffer.scalar(layout, field)

    def table(self, number: int) -> "Table | None":
        """Return a table field."""
        target = self._target(number)
        return None if target is None else Table(self._buffer, target)

    def text(self, number: int) -> str:
        """Return a string field; "" if absent."""
        start, count = self._vector(number, 1)
        if count > _MAX_TEXT:
            raise _FlatbufferError(f"a name of {count} bytes")
        try:
            return self._buffer.data[start : start + count].decode()
        except UnicodeDecodeError:
            raise _FlatbufferError("a name that is not UTF-8") from None

    def length(self, number: int, item_size: int) -> int:
        """Return the length of a vector field, whose items are all inside the buffer; 0 if absent."""
        return self._vector(number, item_size)[1]

    def integers(self, number: int, layout: str) -> Iterator[int]:
        """Yield the items of a vector of scalars."""
        size = struct.calcsize(layout)
        start, count = self._vector(number, size)
        for i in range(count):
            yield self._buffer.scalar(layout, start + i * size)

    def item(self, number: int, index: int) -> "Table":
        """Return one item of a vector of tables."""
        start, count = self._vector(number, 4)
        if not 0 <= index < count:
            raise _FlatbufferError(f"it refers to item {index} of {count}")
        return self._table_at(start + 4 * index)

    def tables(self, number: int) -> Iterator["Table"]:
        """Yield the items of a vector of tables."""
        start, count = self._vector(number, 4)
        for i in range(count):
            yield self._table_at(start + 4 * i)

    def _table_at(self, field: int) -> "Table":
        return Table(self._buffer, field + self._buffer.scalar("<I", field))

    def _vector(self, number: int, item_size: int) -> tuple[int, int]:
        """Return (start, count) of a vector or string field; (0, 0) if absent."""
        target = self._target(number)
        if target is None:
            return 0, 0
        count = self._buffer.scalar("<I", target)
        if count * item_size > self._buffer.size - target - 4:
            raise _FlatbufferError(f"a list of {count} items at byte {target} of {self._buffer.size}")
        return target + 4, count


def step_methods(side: str, number: int) -> tuple[str, str]:
    """Return the names of the methods for scale and zero point; side is "input" or "output"."""
    return f"{METHOD}_{side}{number}_scale", f"{METHOD}_{side}{number}_zp"


def read_steps(program: PteContent) -> tuple[tuple[Steps | None, ...], tuple[Steps | None, ...]]:
    """Return the steps of all inputs and outputs, None for those that are not int8.

    Raises:
        ValueError: A tensor is int8 and has no valid scale and zero point.
    """
    method = program.method(METHOD)
    if method is None:
        return (), ()

    def steps(side: str, number: int, value: Value) -> Steps | None:
        if value.dtype != INT8:
            return None
        scale, zero_point = (program.constant(name) for name in step_methods(side, number))
        if scale is None or zero_point is None or not scale > 0 or not -128 <= zero_point <= 127:
            raise ValueError(f"int8 {side} {number} without scale and zero point")
        return Steps(scale, int(zero_point))

    inputs = tuple(steps("input", number, value) for number, value in enumerate(method.inputs))
    return inputs, tuple(steps("output", number, value) for number, value in enumerate(method.outputs))


def describe_tensor(
    side: str, number: int, steps: Steps | None, shape: tuple[int, ...]
) -> tuple[Value, list[Method]]:
    """Return an input or output as a `.pte` describes it, with the methods for its steps."""
    if steps is None:
        return Value("tensor", FLOAT32, shape), []
    scale, zero_point = step_methods(side, number)
    constants = (
        (scale, Value("float", number=steps.scale)),
        (zero_point, Value("int", number=steps.zero_point)),
    )
    return Value("tensor", INT8, shape), [Method(name, (), (value,), (), ()) for name, value in constants]


def _read(path: Path, data: mmap.mmap) -> PteContent:
    size = len(data)
    program_bytes, segment_base, segment_bytes = size, 0, 0
    _, _, magic, header_length, *sizes = _HEAD.unpack_from(data)
    if magic == _HEADER_MAGIC:
        program_bytes, segment_base, segment_bytes = sizes
        if header_length < _HEADER_LENGTH_WITH_SEGMENT_SIZE:
            segment_bytes = 0
    needed = max(program_bytes, segment_base + segment_bytes)
    if needed > size:
        raise InputError(f"{path} is cut short: it has {size} bytes, its header says {needed}", _EXPORT_AGAIN)
    root = Buffer(data, program_bytes).root()
    version = root.integer(PROGRAM["version"], "<I")
    if version != SCHEMA_VERSION:
        raise InputError(
            f"{path} is a .pte of another version: its schema is {version}, not {SCHEMA_VERSION}",
            _EXPORT_AGAIN,
        )
    offset, length = DATA_SEGMENT["offset"], DATA_SEGMENT["size"]
    segments = [(s.integer(offset, "<Q"), s.integer(length, "<Q")) for s in root.tables(PROGRAM["segments"])]
    last = max((segment_base + start + count for start, count in segments), default=0)
    if last > size:
        raise InputError(f"{path} is cut short: it has {size} bytes, its segments need {last}", _EXPORT_AGAIN)
    # Older files have weights and blobs in the flatbuffer; `length` checks that they are complete.
    for buffer in root.tables(PROGRAM["constant_buffer"]):
        buffer.length(BUFFER["storage"], 1)
    for blob in root.tables(PROGRAM["backend_delegate_data"]):
        blob.length(BACKEND_DELEGATE_INLINE_DATA["data"], 1)
    plans = list(root.tables(PROGRAM["execution_plan"]))
    if not plans:
        raise _FlatbufferError("it has no method")
    return PteContent(
        methods=tuple(_method(plan) for plan in plans),
        external_data=any(_has_external_data(plan) for plan in plans),
        program_bytes=program_bytes,
        segments=len(segments),
        segment_bytes=sum(count for _, count in segments),
    )


def _method(plan: Table) -> Method:
    names = [
        ".".join(filter(None, (operator.text(OPERATOR["name"]), operator.text(OPERATOR["overload"]))))
        for operator in plan.tables(PLAN["operators"])
    ]
    calls: Counter[str] = Counter()
    for chain in plan.tables(PLAN["chains"]):
        for instruction in chain.tables(CHAIN["instructions"]):
            if instruction.integer(INSTRUCTION["instr_args_type"], "<B") != KERNEL_CALL_TYPE:
                continue
            call = instruction.table(INSTRUCTION["instr_args"])
            index = call.integer(KERNEL_CALL["op_index"], "<i") if call else -1
            if not 0 <= index < len(names):
                raise _FlatbufferError(f"it calls operator {index} of {len(names)}")
            calls[names[index]] += 1
    subgraphs = Counter(delegate.text(BACKEND_DELEGATE["id"]) for delegate in plan.tables(PLAN["delegates"]))
    return Method(
        name=plan.text(PLAN["name"]),
        inputs=tuple(_value(plan, i) for i in plan.integers(PLAN["inputs"], "<i")),
        outputs=tuple(_value(plan, i) for i in plan.integers(PLAN["outputs"], "<i")),
        operators=tuple(Operator(name, count) for name, count in _by_count(calls)),
        delegates=tuple(Delegate(backend, count) for backend, count in _by_count(subgraphs)),
    )


def _value(plan: Table, index: int) -> Value:
    value = plan.item(PLAN["values"], index)
    kind = value.integer(EVALUE["val_type"], "<B")
    if kind != TENSOR_TYPE:
        return Value(
            VALUE_KINDS[kind] if kind < len(VALUE_KINDS) else f"value of kind {kind}",
            number=_number(kind, value.table(EVALUE["val"])),
        )
    tensor = value.table(EVALUE["val"])
    if tensor is None:
        raise _FlatbufferError("a tensor without a description")
    if tensor.length(TENSOR["sizes"], 4) > _MAX_RANK:
        raise _FlatbufferError(f"a tensor of more than {_MAX_RANK} dimensions")
    shape = tuple(tensor.integers(TENSOR["sizes"], "<i"))
    if any(size < 0 for size in shape):
        raise _FlatbufferError(f"a tensor of shape {list(shape)}")
    scalar_type = tensor.integer(TENSOR["scalar_type"], "<b")
    return Value(
        kind="tensor",
        dtype=SCALAR_TYPES.get(scalar_type, f"scalar type {scalar_type}"),
        shape=shape,
        dynamic=tensor.integer(TENSOR["shape_dynamism"], "<b") != 0,
    )


def _number(kind: int, value: Table | None) -> float | None:
    if value is None or kind not in {INT_TYPE, FLOAT_TYPE}:
        return None
    return value.integer(SCALAR["number"], "<q" if kind == INT_TYPE else "<d")


def _by_count(counter: Counter[str]) -> list[tuple[str, int]]:
    """Return the items by falling count, then by name, so that the order is stable."""
    return sorted(counter.items(), key=lambda item: (-item[1], item[0]))


def _has_external_data(plan: Table) -> bool:
    for value in plan.tables(PLAN["values"]):
        if value.integer(EVALUE["val_type"], "<B") != TENSOR_TYPE:
            continue
        tensor = value.table(EVALUE["val"])
        extra = tensor.table(TENSOR["extra_tensor_info"]) if tensor else None
        if extra and extra.integer(EXTRA_TENSOR_INFO["location"], "<b") == EXTERNAL:
            return True
    return False
