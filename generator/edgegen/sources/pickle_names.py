"""Read the names of classes and functions, and the texts, in a pickle without executing it."""

import pickletools
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

# Names of opcodes.
UNICODE: Final = {"UNICODE", "BINUNICODE", "SHORT_BINUNICODE"}
PUTS: Final = {"PUT", "BINPUT", "LONG_BINPUT"}
GETS: Final = {"GET", "BINGET", "LONG_BINGET"}
_STRINGS: Final = {"STRING", "BINSTRING", "SHORT_BINSTRING"} | UNICODE


@dataclass(frozen=True)
class PickleContents:
    """The readable contents of a checkpoint's pickle, in order."""

    names: list[str]  # `module.name` of each class and function, without duplicates
    texts: list[str]
    protocol: int  # 0 if not recorded
    complete: bool  # False if the last pickle is damaged or truncated


def read_pickle_names(path: Path) -> PickleContents:
    """Return the names and texts in a checkpoint's pickle."""
    reader, complete = _PickleReader(), True
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                for member in archive.namelist():
                    if member.endswith("data.pkl"):
                        with archive.open(member) as stream:
                            reader.read(stream)
        else:
            with path.open("rb") as file:
                while file.peek(1):
                    reader.read(file)
    except Exception:  # a broken stream raises many types of errors: keep the names before it
        complete = False
    return PickleContents(list(reader.names), reader.texts, reader.protocol, complete)


class _PickleReader:
    """Collects names and texts of several pickles."""

    def __init__(self) -> None:
        self.names: dict[str, None] = {}
        self.texts: list[str] = []
        self.protocol = 0

    def read(self, stream: IO[bytes]) -> None:
        """Read one pickle. It follows texts, because protocol 4 takes module and name from the stack."""
        memo: dict[Any, str] = {}
        recent: list[str] = []
        last = ""
        for opcode, argument, _ in pickletools.genops(stream):
            if opcode.name == "GLOBAL" or opcode.name == "INST":
                self.names[str(argument).replace(" ", ".").replace("__builtin__.", "builtins.")] = None
                last = ""
            elif opcode.name == "STACK_GLOBAL":
                self.names[".".join(recent[-2:])] = None
                last = ""
            elif opcode.name in _STRINGS:
                last = str(argument)
                recent.append(last)
                self.texts.append(last)
            elif opcode.name == "MEMOIZE":
                memo[len(memo)] = last
            elif opcode.name in PUTS:
                memo[argument] = last
            elif opcode.name in GETS:
                recent.append(memo.get(argument, ""))
            else:
                if opcode.name == "PROTO":
                    self.protocol = int(argument or 0)
                last = ""
