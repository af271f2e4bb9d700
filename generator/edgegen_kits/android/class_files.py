"""Write and read the parts of class files that stubs need."""

import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

JAVA_8: Final = 52
PUBLIC_STATIC: Final = 0x9
INTERFACE, ABSTRACT, ANNOTATION, ENUM, SUPER, FINAL = 0x200, 0x400, 0x2000, 0x4000, 0x20, 0x10
VARARGS: Final = 0x80
# The bytes that an entry of the constant pool takes, tag included, by tag; 1 (text) has its own length.
_SIZES: Final = {3: 5, 4: 5, 5: 9, 6: 9, 7: 3, 8: 3, 9: 5, 10: 5, 11: 5, 12: 5, 15: 4, 16: 3, 17: 5, 18: 5}
_SIZES_OF_MODULES: Final = {19: 3, 20: 3}


def u2(*values: int) -> bytes:
    """Pack 16-bit numbers."""
    return struct.pack(f">{len(values)}H", *values)


class Pool:
    """The constants of a class file, each once."""

    def __init__(self) -> None:
        self._places: dict[tuple[str, object], int] = {}
        self._entries: list[bytes] = []
        self._next = 1

    def _add(self, key: tuple[str, object], entry: bytes, slots: int = 1) -> int:
        if key not in self._places:
            self._places[key] = self._next
            self._entries.append(entry)
            self._next += slots
        return self._places[key]

    def text(self, text: str) -> int:
        """Return the index of a text."""
        encoded = text.encode("utf-8", "surrogatepass").replace(b"\0", b"\xc0\x80")
        return self._add(("text", text), b"\x01" + u2(len(encoded)) + encoded)

    def class_(self, internal: str) -> int:
        """Return the index of a class's name."""
        return self._add(("class", internal), b"\x07" + u2(self.text(internal)))

    def constant(self, descriptor: str, value: float | str) -> int:
        """Return the index of a field's value."""
        if isinstance(value, str):
            return self._add(("string", value), b"\x08" + u2(self.text(value)))
        tag, code, slots = {"J": (5, ">q", 2), "F": (4, ">f", 1), "D": (6, ">d", 2)}.get(
            descriptor, (3, ">i", 1)
        )
        packed = struct.pack(code, value)
        return self._add((f"number {tag}", packed), bytes([tag]) + packed, slots)

    def names(self) -> list[str]:
        """Return all texts and class names."""
        return [str(name) for kind, name in self._places if kind in {"text", "class"}]

    def packed(self) -> bytes:
        """Return the constant pool as bytes of a class file."""
        return u2(self._next) + b"".join(self._entries)

    def attribute(self, name: str, data: bytes) -> bytes:
        """Return an attribute of a class, a field or a method."""
        return u2(self.text(name)) + struct.pack(">I", len(data)) + data

    def signature(self, signature: str) -> bytes:
        """Return the attribute with a generic type."""
        return self.attribute("Signature", u2(self.text(signature)))

    def annotations(self, descriptors: Sequence[str]) -> bytes:
        """Return annotations without arguments, with their count."""
        return u2(len(descriptors)) + b"".join(u2(self.text(each), 0) for each in descriptors)


class CompiledClasses:
    """The members of the class files in a jar, looked up through supertypes."""

    def __init__(self, path: Path) -> None:
        self._zip = zipfile.ZipFile(path)
        self._names = set(self._zip.namelist())
        self._read: dict[str, tuple[set[tuple[str, str]], list[str]] | None] = {}

    def members(self, internal: str) -> tuple[set[tuple[str, str]], list[str]] | None:
        """Return members (name, descriptor) and supertypes; None for a class that is not in the jar."""
        if internal not in self._read:
            name = f"{internal}.class"
            self._read[internal] = _members(self._zip.read(name)) if name in self._names else None
        return self._read[internal]

    def has(self, internal: str, name: str, descriptor: str) -> bool:
        """Return whether a class has a member, its own or inherited."""
        found = self.members(internal)
        if found is None:
            return not internal.startswith("android/")
        own, supertypes = found
        if (name, descriptor) in own:
            return True
        return name != "<init>" and any(
            self.has(each, name, descriptor) for each in supertypes if self.members(each)
        )


def _members(data: bytes) -> tuple[set[tuple[str, str]], list[str]]:
    texts, classes, at = _constants(data)
    _, _, superclass, interfaces = struct.unpack_from(">HHHH", data, at)
    at += 8
    supertypes = [superclass] if superclass else []
    supertypes += struct.unpack_from(f">{interfaces}H", data, at)
    at += 2 * interfaces
    found = set[tuple[str, str]]()
    for _ in ("fields", "methods"):
        (count,) = struct.unpack_from(">H", data, at)
        at += 2
        for _ in range(count):
            _, name, descriptor, attributes = struct.unpack_from(">HHHH", data, at)
            found.add((texts[name], texts[descriptor]))
            at += 8
            for _ in range(attributes):
                (size,) = struct.unpack_from(">I", data, at + 2)
                at += 6 + size
    return found, [texts[classes[each]] for each in supertypes]


def _constants(data: bytes) -> tuple[dict[int, str], dict[int, int], int]:
    """Return the texts and the classes by index, and the offset behind the constants."""
    (count,) = struct.unpack_from(">H", data, 8)
    texts, classes, at, place = dict[int, str](), dict[int, int](), 10, 1
    while place < count:
        tag = data[at]
        if tag == 1:
            (length,) = struct.unpack_from(">H", data, at + 1)
            texts[place] = data[at + 3 : at + 3 + length].decode("utf-8", "replace")
            at += 3 + length
        else:
            if tag == 7:
                (classes[place],) = struct.unpack_from(">H", data, at + 1)
            at += _SIZES.get(tag) or _SIZES_OF_MODULES[tag]
        place += 2 if tag in {5, 6} else 1
    return texts, classes, at
