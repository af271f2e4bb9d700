"""The C++ core, compiled as CMake's Release does it."""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from tests.core.native import HERE, Core, compile_core

from benchmarks.processes import run

FLAGS = ("-O3", "-DNDEBUG")
SOURCES = Path(__file__).resolve().parent


@cache
def load_core(folder: Path) -> Core:
    """Compile the core into a library in the folder and load it."""
    return Core(compile_core(folder / "core.so", HERE / "harness.cpp", compiler="c++", flags=FLAGS))


def run_allocations(folder: Path, arguments: Sequence[str | Path]) -> dict[str, int]:
    """Compile allocations.cpp in the folder, run it and return what it counted."""
    program = folder / "allocations"
    compile_core(program, SOURCES / "allocations.cpp", compiler="c++", flags=FLAGS)
    counts: dict[str, int] = json.loads(run([program, *arguments]))
    return counts
