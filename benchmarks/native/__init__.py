"""Compile and load the C++ core, with the flags of CMake's Release."""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from benchmarks.processes import run
from tests.cpp.compiler import HERE, compile_core
from tests.cpp.native import Core
from tests.cpp.native_tasks import Tasks

FLAGS = ("-O3", "-DNDEBUG")
SOURCES = Path(__file__).resolve().parent


@cache
def _library(folder: Path) -> Path:
    """Compile the core with all tasks to a library in the folder, and return its path."""
    harnesses = (HERE / "harness.cpp", HERE / "task_harness.cpp")
    return compile_core(folder / "core.so", *harnesses, compiler="c++", flags=FLAGS)


@cache
def load_core(folder: Path) -> Core:
    """Return the core, compiled in the folder."""
    return Core(_library(folder))


@cache
def load_tasks(folder: Path) -> Tasks:
    """Return the core's tasks, compiled in the folder."""
    return Tasks(_library(folder))


def run_allocations(folder: Path, arguments: Sequence[str | Path]) -> dict[str, int]:
    """Compile allocations.cpp in the folder, run it, and return its counts."""
    program = folder / "allocations"
    compile_core(program, SOURCES / "allocations.cpp", compiler="c++", flags=FLAGS)
    counts: dict[str, int] = json.loads(run([program, *arguments]))
    return counts
