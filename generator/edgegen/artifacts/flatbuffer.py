"""A small flatbuffer reader for untrusted files: it checks every offset and bounds the work.

The generated readers of the `executorch` wheel check no bounds, load numpy (0.1 s) and take seconds to
import. A `.pte` needs tables, scalars, strings and vectors, by the field numbers of the schema
(`exir/_serialize/program.fbs`, where fields are only appended; tests compare them).
"""

import struct
from collections.abc import Iterator
from mmap import mmap
from typing import Final

MAX_STEPS: Final = 1_000_000  # reads per file; YOLO models take 4,000
MAX_TEXT: Final = 1_000  # bytes of an operator's or a method's name


class FlatbufferError(Exception):
    """The file is damaged: an offset is outside the buffer, or the structure is endless."""


class Buffer:
    """Checked little-endian reads from `data[:size]`."""

    def __init__(self, data: bytes | mmap, size: int) -> None:
        self.data = data
        self.size = size
        self.steps = 0

    def scalar(self, layout: str, position: int) -> int:
        """Return one integer; `layout` is a struct format such as `<I`."""
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise FlatbufferError("its structure repeats without end")
        if not 0 <= position <= self.size - struct.calcsize(layout):
            raise FlatbufferError(f"an offset points to byte {position} of {self.size}")
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
        if count > MAX_TEXT:
            raise FlatbufferError(f"a name of {count} bytes")
        try:
            return self._buffer.data[start : start + count].decode()
        except UnicodeDecodeError:
            raise FlatbufferError("a name that is not UTF-8") from None

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
            raise FlatbufferError(f"it refers to item {index} of {count}")
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
            raise FlatbufferError(f"a list of {count} items at byte {target} of {self._buffer.size}")
        return target + 4, count
