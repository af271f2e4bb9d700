"""Reads which classes and members are defined in a dex file."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

_HEADER: Final = struct.Struct("<8sI20s20I")
_CLASS: Final = struct.Struct("<8I")
_NO_INDEX: Final = 0xFFFFFFFF


@dataclass(frozen=True)
class DexClass:
    """A class by its dotted name, with the names of its own members."""

    name: str
    members: frozenset[str] = field(default_factory=frozenset)


def read(data: bytes) -> Iterator[DexClass]:
    """Yield the classes that a dex file defines.

    Raises:
        ValueError: It is no dex file.
    """
    if not data.startswith(b"dex\n"):
        raise ValueError("not a dex file")
    head = _HEADER.unpack_from(data)[3:]
    # file, header, endian tag, link (2), map, then size and offset of: strings, types, protos, fields, ...
    strings_at, types_at, fields_at, methods_at = head[7], head[9], head[13], head[15]
    class_count, classes_at = head[16], head[17]

    def string(index: int) -> str:
        (at,) = struct.unpack_from("<I", data, strings_at + 4 * index)
        _, at = _uleb128(data, at)
        return data[at : data.index(0, at)].decode("utf-8", "replace")

    def type_name(index: int) -> str:
        return string(struct.unpack_from("<I", data, types_at + 4 * index)[0])

    def member_name(table: int, index: int) -> str:
        return string(struct.unpack_from("<HHI", data, table + 8 * index)[2])

    for number in range(class_count):
        described = _CLASS.unpack_from(data, classes_at + _CLASS.size * number)
        name = type_name(described[0])[1:-1].replace("/", ".")
        members = set[str]()
        if described[6] not in {0, _NO_INDEX}:
            counts, at = _uleb128s(data, described[6], 4)
            for table, values, count in (
                (fields_at, 2, counts[0]),
                (fields_at, 2, counts[1]),
                (methods_at, 3, counts[2]),
                (methods_at, 3, counts[3]),
            ):
                index = 0
                for _ in range(count):
                    entry, at = _uleb128s(data, at, values)
                    index += entry[0]  # each says how far it is from the one before
                    members.add(member_name(table, index))
        yield DexClass(name, frozenset(members))


def _uleb128(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def _uleb128s(data: bytes, at: int, count: int) -> tuple[list[int], int]:
    values = list[int]()
    for _ in range(count):
        value, at = _uleb128(data, at)
        values.append(value)
    return values, at
