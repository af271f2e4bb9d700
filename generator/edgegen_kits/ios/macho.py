"""Read the Objective-C classes and methods of a Mach-O object for arm64 from its symbol table."""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edgegen.base.errors import ToolchainError

_MAGIC: Final = 0xFEEDFACF  # 64 bits, little-endian
_ARM64: Final = 0x0100000C
_OBJECT: Final = 1
_HEADER: Final = struct.Struct("<7I4x")  # magic, processor, its kind, file type, commands, their bytes, flags
_COMMAND: Final = struct.Struct("<2I")  # kind, bytes
_SYMTAB_COMMAND: Final = 2
_SYMTAB: Final = struct.Struct("<4I")  # offset and number of the symbols, offset and bytes of the strings
_BUILD_VERSION_COMMAND: Final = 0x32
_BUILD_VERSION: Final = struct.Struct("<2I")  # platform, oldest version of it
_IOS: Final = 2
_SYMBOL: Final = struct.Struct("<IBBHQ")  # offset of the name, kind, section, description, value
_KIND: Final = 0x0E
_DEFINED: Final = 0x0E  # in a section of this object
_CLASS: Final = "_OBJC_CLASS_$_"


@dataclass(frozen=True)
class MachObject:
    """The classes and methods that an object defines."""

    ios: tuple[int, int]  # the oldest iOS that it supports
    classes: frozenset[str]
    methods: frozenset[str]  # as `-[Class selector:]`


def read(path: Path) -> MachObject:
    """Read an object.

    Raises:
        ToolchainError: It is truncated, or not for an iPhone.
    """
    data = path.read_bytes()
    try:
        return _parse(data)
    except (struct.error, ValueError) as error:
        raise ToolchainError(
            f"{path} is no Mach-O object for an iPhone: {error}", "remove it and compile again"
        ) from error


def _parse(data: bytes) -> MachObject:
    magic, processor, _, kind, commands, _, _ = _HEADER.unpack_from(data)
    if (magic, processor, kind) != (_MAGIC, _ARM64, _OBJECT):
        raise ValueError(f"its header says {magic:#x}, {processor:#x}, {kind}")
    names = list[str]()
    ios: tuple[int, int] | None = None
    at = _HEADER.size
    for _ in range(commands):
        command, size = _COMMAND.unpack_from(data, at)
        if size < _COMMAND.size:
            raise ValueError("a load command without an end")
        if command == _SYMTAB_COMMAND:
            names += _defined_names(data, *_SYMTAB.unpack_from(data, at + _COMMAND.size))
        elif command == _BUILD_VERSION_COMMAND:
            platform, oldest = _BUILD_VERSION.unpack_from(data, at + _COMMAND.size)
            ios = (oldest >> 16, oldest >> 8 & 0xFF) if platform == _IOS else None
        at += size
    if ios is None:
        raise ValueError("it was compiled for another platform")
    return MachObject(
        ios,
        frozenset(name.removeprefix(_CLASS) for name in names if name.startswith(_CLASS)),
        frozenset(name for name in names if name.startswith(("-[", "+["))),
    )


def _defined_names(data: bytes, symbols: int, count: int, strings: int, _bytes: int) -> list[str]:
    names = []
    for number in range(count):
        place, kind, _section, _description, _value = _SYMBOL.unpack_from(
            data, symbols + number * _SYMBOL.size
        )
        if kind & _KIND == _DEFINED:
            begin = strings + place
            names.append(data[begin : data.index(0, begin)].decode("utf-8", "replace"))
    return names
