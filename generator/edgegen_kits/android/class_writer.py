"""Write the parts of class files that stubs need."""

import struct
from collections.abc import Sequence
from typing import Final

JAVA_8: Final = 52
PUBLIC_STATIC: Final = 0x9
INTERFACE, ABSTRACT, ANNOTATION, ENUM, SUPER, FINAL = 0x200, 0x400, 0x2000, 0x4000, 0x20, 0x10
VARARGS: Final = 0x80


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
