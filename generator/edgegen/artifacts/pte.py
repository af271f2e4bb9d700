"""Read the signature of a `.pte` without torch: methods, inputs, outputs, operators, backends.

A `.pte` is a flatbuffer (schema `executorch_flatbuffer.Program`) with an extended header, followed by
segments (weights, delegates' blobs). The header has the length of both, which shows whether a file is cut.
"""

import mmap
import re
import struct
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edgegen.artifacts import pte_schema as schema
from edgegen.artifacts.flatbuffer import Buffer, FlatbufferError, Table
from edgegen.base.errors import InputError, NotFetchedError, reason

IDENTIFIER: Final = b"ET12"  # bytes 4 to 8
SCHEMA_VERSION: Final = 0  # Program.version
HEADER_MAGIC: Final = b"eh00"  # bytes 8 to 12
_HEAD: Final = struct.Struct("<I4s4sI3Q")  # root offset, identifier, magic, header length, then three sizes
_HEADER_LENGTH_WITH_SEGMENT_SIZE: Final = 32  # older headers lack the last of the three
_MAX_RANK: Final = 16
_CHECK_RIGHTS: Final = "check the permissions and the disk"
_EXPORT_AGAIN: Final = "export the model again: edgegen export --model CHECKPOINT --output DIR"


@dataclass(frozen=True)
class Value:
    """One input or output of a method."""

    kind: str  # "tensor", or one of schema.VALUE_KINDS
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
    except FlatbufferError as error:
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


def _read(path: Path, data: mmap.mmap) -> PteContent:
    size = len(data)
    program_bytes, segment_base, segment_bytes = size, 0, 0
    _, _, magic, header_length, *sizes = _HEAD.unpack_from(data)
    if magic == HEADER_MAGIC:
        program_bytes, segment_base, segment_bytes = sizes
        if header_length < _HEADER_LENGTH_WITH_SEGMENT_SIZE:
            segment_bytes = 0
    needed = max(program_bytes, segment_base + segment_bytes)
    if needed > size:
        raise InputError(f"{path} is cut short: it has {size} bytes, its header says {needed}", _EXPORT_AGAIN)
    root = Buffer(data, program_bytes).root()
    version = root.integer(schema.PROGRAM["version"], "<I")
    if version != SCHEMA_VERSION:
        raise InputError(
            f"{path} is a .pte of another version: its schema is {version}, not {SCHEMA_VERSION}",
            _EXPORT_AGAIN,
        )
    offset, length = schema.DATA_SEGMENT["offset"], schema.DATA_SEGMENT["size"]
    segments = [
        (s.integer(offset, "<Q"), s.integer(length, "<Q")) for s in root.tables(schema.PROGRAM["segments"])
    ]
    last = max((segment_base + start + count for start, count in segments), default=0)
    if last > size:
        raise InputError(f"{path} is cut short: it has {size} bytes, its segments need {last}", _EXPORT_AGAIN)
    # Older files have weights and blobs in the flatbuffer; `length` checks that they are complete.
    for buffer in root.tables(schema.PROGRAM["constant_buffer"]):
        buffer.length(schema.BUFFER["storage"], 1)
    for blob in root.tables(schema.PROGRAM["backend_delegate_data"]):
        blob.length(schema.BACKEND_DELEGATE_INLINE_DATA["data"], 1)
    plans = list(root.tables(schema.PROGRAM["execution_plan"]))
    if not plans:
        raise FlatbufferError("it has no method")
    return PteContent(
        methods=tuple(_method(plan) for plan in plans),
        external_data=any(_has_external_data(plan) for plan in plans),
        program_bytes=program_bytes,
        segments=len(segments),
        segment_bytes=sum(count for _, count in segments),
    )


def _method(plan: Table) -> Method:
    names = [
        ".".join(
            filter(None, (operator.text(schema.OPERATOR["name"]), operator.text(schema.OPERATOR["overload"])))
        )
        for operator in plan.tables(schema.PLAN["operators"])
    ]
    calls: Counter[str] = Counter()
    for chain in plan.tables(schema.PLAN["chains"]):
        for instruction in chain.tables(schema.CHAIN["instructions"]):
            if instruction.integer(schema.INSTRUCTION["instr_args_type"], "<B") != schema.KERNEL_CALL_TYPE:
                continue
            call = instruction.table(schema.INSTRUCTION["instr_args"])
            index = call.integer(schema.KERNEL_CALL["op_index"], "<i") if call else -1
            if not 0 <= index < len(names):
                raise FlatbufferError(f"it calls operator {index} of {len(names)}")
            calls[names[index]] += 1
    subgraphs = Counter(
        delegate.text(schema.BACKEND_DELEGATE["id"]) for delegate in plan.tables(schema.PLAN["delegates"])
    )
    return Method(
        name=plan.text(schema.PLAN["name"]),
        inputs=tuple(_value(plan, i) for i in plan.integers(schema.PLAN["inputs"], "<i")),
        outputs=tuple(_value(plan, i) for i in plan.integers(schema.PLAN["outputs"], "<i")),
        operators=tuple(Operator(name, count) for name, count in _by_count(calls)),
        delegates=tuple(Delegate(backend, count) for backend, count in _by_count(subgraphs)),
    )


def _by_count(counter: Counter[str]) -> list[tuple[str, int]]:
    """Return the items by falling count, then by name, so that the order is stable."""
    return sorted(counter.items(), key=lambda item: (-item[1], item[0]))


def _value(plan: Table, index: int) -> Value:
    value = plan.item(schema.PLAN["values"], index)
    kind = value.integer(schema.EVALUE["val_type"], "<B")
    if kind != schema.TENSOR_TYPE:
        return Value(
            schema.VALUE_KINDS[kind] if kind < len(schema.VALUE_KINDS) else f"value of kind {kind}",
            number=_number(kind, value.table(schema.EVALUE["val"])),
        )
    tensor = value.table(schema.EVALUE["val"])
    if tensor is None:
        raise FlatbufferError("a tensor without a description")
    if tensor.length(schema.TENSOR["sizes"], 4) > _MAX_RANK:
        raise FlatbufferError(f"a tensor of more than {_MAX_RANK} dimensions")
    shape = tuple(tensor.integers(schema.TENSOR["sizes"], "<i"))
    if any(size < 0 for size in shape):
        raise FlatbufferError(f"a tensor of shape {list(shape)}")
    scalar_type = tensor.integer(schema.TENSOR["scalar_type"], "<b")
    return Value(
        kind="tensor",
        dtype=schema.SCALAR_TYPES.get(scalar_type, f"scalar type {scalar_type}"),
        shape=shape,
        dynamic=tensor.integer(schema.TENSOR["shape_dynamism"], "<b") != 0,
    )


def _number(kind: int, value: Table | None) -> float | None:
    if value is None or kind not in {schema.INT_TYPE, schema.FLOAT_TYPE}:
        return None
    return value.integer(schema.SCALAR["number"], "<q" if kind == schema.INT_TYPE else "<d")


def _has_external_data(plan: Table) -> bool:
    for value in plan.tables(schema.PLAN["values"]):
        if value.integer(schema.EVALUE["val_type"], "<B") != schema.TENSOR_TYPE:
            continue
        tensor = value.table(schema.EVALUE["val"])
        extra = tensor.table(schema.TENSOR["extra_tensor_info"]) if tensor else None
        if extra and extra.integer(schema.EXTRA_TENSOR_INFO["location"], "<b") == schema.EXTERNAL:
            return True
    return False
