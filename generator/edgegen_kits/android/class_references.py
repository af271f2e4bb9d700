"""Reads of a class file what it is, what it has, and what it uses of others.

The format is that of the Java Virtual Machine Specification, chapter 4.
"""

import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

_TEXT, _CLASS, _NAME_AND_TYPE, _METHOD_TYPE = 1, 7, 12, 16
_MEMBERS: Final = {9, 10, 11}  # of a field, a method, an interface's method
_WIDE: Final = {5, 6}  # they take two places
# The bytes that an entry takes after its tag; a text has its own length.
_SIZES: Final = {3: 4, 4: 4, 5: 8, 6: 8, 7: 2, 8: 2, 9: 4, 10: 4, 11: 4, 12: 4, 15: 3, 16: 2, 17: 4, 18: 4}
_SIZES_OF_MODULES: Final = {19: 2, 20: 2}
_NAMED: Final = re.compile(r"L([^;<]+);")  # a class in a descriptor


class Member(NamedTuple):
    """A field or a method of a class."""

    owner: str
    name: str
    descriptor: str


@dataclass(frozen=True)
class ClassFile:
    """A class by its internal names, a/b/C."""

    name: str
    source: str  # the name of the file that it was compiled from; "" where it does not say
    supertypes: tuple[str, ...]
    members: frozenset[tuple[str, str]]  # its own: name and descriptor
    called: frozenset[Member]
    classes: frozenset[str]  # all that it names


def read(data: bytes) -> ClassFile:
    """Read a class file."""
    pool, at = _Pool.of(data)
    _, this, superclass, interfaces = struct.unpack_from(">HHHH", data, at)
    at += 8
    supertypes = [superclass] if superclass else []
    supertypes += struct.unpack_from(f">{interfaces}H", data, at)
    at += 2 * interfaces
    members = set[tuple[str, str]]()
    for _ in ("fields", "methods"):
        (count,) = struct.unpack_from(">H", data, at)
        at += 2
        for _ in range(count):
            _, name, descriptor = struct.unpack_from(">HHH", data, at)
            members.add((pool.texts[name], pool.texts[descriptor]))
            at = _after_attributes(data, at + 6)
    return ClassFile(
        pool.class_name(this),
        _source(data, at, pool),
        tuple(pool.class_name(each) for each in supertypes),
        frozenset(members),
        pool.called(),
        pool.classes(descriptor for _, descriptor in members),
    )


class _Pool:
    """The constants of a class file, by their places."""

    def __init__(self) -> None:
        self.texts: dict[int, str] = {}
        self._entries: dict[int, tuple[int, tuple[int, ...]]] = {}

    @staticmethod
    def of(data: bytes) -> "tuple[_Pool, int]":
        """Return the constants, and where they end."""
        pool, at, place = _Pool(), 10, 1
        (count,) = struct.unpack_from(">H", data, 8)
        while place < count:
            tag = data[at]
            if tag == _TEXT:
                (length,) = struct.unpack_from(">H", data, at + 1)
                pool.texts[place] = data[at + 3 : at + 3 + length].decode("utf-8", "replace")
                at += 3 + length
            else:
                size = _SIZES.get(tag) or _SIZES_OF_MODULES[tag]
                if tag in _MEMBERS or tag == _NAME_AND_TYPE:
                    pool._entries[place] = (tag, struct.unpack_from(">HH", data, at + 1))
                elif tag in {_CLASS, _METHOD_TYPE}:
                    pool._entries[place] = (tag, struct.unpack_from(">H", data, at + 1))
                at += 1 + size
            place += 2 if tag in _WIDE else 1
        return pool, at

    def class_name(self, place: int) -> str:
        """Return the internal name of a class."""
        return self.texts[self._entries[place][1][0]]

    def called(self) -> frozenset[Member]:
        """Return the members of any class that are used."""
        found = set[Member]()
        for tag, parts in self._entries.values():
            if tag in _MEMBERS:
                name, descriptor = self._entries[parts[1]][1]
                found.add(Member(self.class_name(parts[0]), self.texts[name], self.texts[descriptor]))
        return frozenset(found)

    def classes(self, descriptors: Iterable[str]) -> frozenset[str]:
        """Return all classes that are named, by themselves or in a descriptor."""
        named, types = set[str](), [*descriptors]
        for tag, parts in self._entries.values():
            if tag == _CLASS:
                name = self.texts[parts[0]]
                types.append(name) if name.startswith("[") else named.add(name)
            elif tag in {_NAME_AND_TYPE, _METHOD_TYPE}:
                types.append(self.texts[parts[-1]])
        named.update(name for each in types for name in _NAMED.findall(each))
        return frozenset(named)


def _after_attributes(data: bytes, at: int) -> int:
    (count,) = struct.unpack_from(">H", data, at)
    at += 2
    for _ in range(count):
        (size,) = struct.unpack_from(">I", data, at + 2)
        at += 6 + size
    return at


def _source(data: bytes, at: int, pool: _Pool) -> str:
    """Return what the attribute SourceFile says, of the class's attributes, which begin here."""
    (count,) = struct.unpack_from(">H", data, at)
    at += 2
    for _ in range(count):
        name, size = struct.unpack_from(">HI", data, at)
        if pool.texts[name] == "SourceFile":
            (place,) = struct.unpack_from(">H", data, at + 6)
            return pool.texts[place]
        at += 6 + size
    return ""
