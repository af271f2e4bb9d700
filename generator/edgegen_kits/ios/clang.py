"""Finds what compiles Objective-C++ on Linux: a Clang, GNUstep, and GCC's Objective-C runtime."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edgegen.base.errors import ToolchainError
from edgegen_kits.common.commands import Commands

OLDEST: Final = 14
_PATHS: Final = ("/usr/bin", "/usr/local/bin")
_HEADERS: Final = ("/usr/include/GNUstep", "/usr/include/*-linux-gnu/GNUstep")
_RUNTIME: Final = "/usr/lib/gcc/*/*/include/objc/runtime.h"
_HINT: Final = "type: edgegen doctor --target ios --install"


@dataclass(frozen=True)
class Clang:
    """A compiler, and where GNUstep is made for it."""

    program: str
    version: int
    gnustep: Path  # the folder with Foundation/
    gcc: Path  # the folder with libobjc and include/objc/


def find(commands: Commands, *, sanitizers: bool = False) -> Clang:
    """Return the newest Clang that is here, one with its sanitizers where they are asked for, and GNUstep.

    Raises:
        ToolchainError: One of them is missing.
    """
    versions = {program: _version(program, commands) for program in _programs()}
    usable = sorted((version, program) for program, version in versions.items() if version >= OLDEST)
    if not usable:
        raise ToolchainError(f"Clang {OLDEST} or newer is missing: the bridge is compiled with it", _HINT)
    if sanitizers:
        usable = [each for each in usable if _has_sanitizers(each[1], commands)]
    if not usable:
        raise ToolchainError("Clang's sanitizers are missing", "type: apt-get install libclang-rt-dev")
    headers = [path for pattern in _HEADERS for path in _glob(pattern)]
    runtimes = sorted(_glob(_RUNTIME), key=lambda path: int(re.sub(r"\D.*", "", path.parts[-4]) or 0))
    if not headers or not runtimes:
        raise ToolchainError("GNUstep is missing: the bridge is compiled with its Foundation", _HINT)
    version, program = usable[-1]
    return Clang(program, version, headers[0], runtimes[-1].parents[2])


def _programs() -> Iterator[str]:
    """Yield `clang++` and those with a number: Debian names them so where there are several."""
    if plain := shutil.which("clang++"):
        yield plain
    for folder in _PATHS:
        for path in sorted(Path(folder).glob("clang++-*")):
            if path.name.removeprefix("clang++-").isdigit():
                yield str(path)


def _version(program: str, commands: Commands) -> int:
    match = re.search(r"clang version (\d+)", commands.ask([program, "--version"]).out)
    return int(match[1]) if match else 0


def _has_sanitizers(program: str, commands: Commands) -> bool:
    """Debian has them in a package of their own for each Clang."""
    folder = Path(commands.ask([program, "-print-runtime-dir"]).out.strip())
    # Where the runtime of a target has a folder of its own, and where it has not.
    return any(next(each.glob("libclang_rt.asan*"), None) for each in (folder, folder.parent / "linux"))


def _glob(pattern: str) -> list[Path]:
    return sorted(Path("/").glob(pattern.lstrip("/")))
