"""Reads which classes and functions a pickle names, without executing it."""

import pickletools
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final

_PICKLES: Final = 8  # at most so many follow each other in a file; old checkpoints have five
_STRINGS: Final = {"STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "BINUNICODE", "SHORT_BINUNICODE"}
_PUTS: Final = {"PUT", "BINPUT", "LONG_BINPUT"}
_GETS: Final = {"GET", "BINGET", "LONG_BINGET"}


def named_globals(path: Path) -> list[str]:
    """Return `module.name` of all that a checkpoint's pickle names, as far as it can be read, in order."""
    names: dict[str, None] = {}
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                for member in archive.namelist():
                    if member.endswith("data.pkl"):
                        with archive.open(member) as stream:
                            names.update(dict.fromkeys(_globals(stream)))
        else:
            with path.open("rb") as file:
                for _ in range(_PICKLES):
                    names.update(dict.fromkeys(_globals(file)))
    except Exception:  # what a broken stream provokes is not one kind of error: keep what was found
        return list(names)
    return list(names)


def _globals(stream: IO[bytes]) -> Iterator[str]:
    """Follow the strings of one pickle: protocol 4 takes a global's module and name from the stack."""
    recent: list[str] = []
    memo: dict[Any, str] = {}
    memoized = 0
    last = ""
    for opcode, argument, _ in pickletools.genops(stream):
        if opcode.name == "GLOBAL" or opcode.name == "INST":
            yield str(argument).replace(" ", ".")
            last = ""
        elif opcode.name == "STACK_GLOBAL":
            yield ".".join(recent[-2:])
            last = ""
        elif opcode.name in _STRINGS:
            last = str(argument)
            recent.append(last)
        elif opcode.name == "MEMOIZE":
            memo[memoized] = last
            memoized += 1
        elif opcode.name in _PUTS:
            memo[argument] = last
        elif opcode.name in _GETS:
            recent.append(memo.get(argument, ""))
        else:
            last = ""
