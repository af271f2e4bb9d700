"""The core, compiled once for all test processes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cpp.compiler import HERE, compile_core
from tests.cpp.native import Core
from tests.cpp.native_tasks import Tasks


@pytest.fixture(scope="session")
def core(once: Callable[[str, Callable[[Path], Any]], Path]) -> Core:
    """Return the core as g++ -O2 compiles it."""
    folder = once("core", lambda folder: compile_core(folder / "core.so", HERE / "harness.cpp"))
    return Core(folder / "core.so")


@pytest.fixture(scope="session")
def tasks(once: Callable[[str, Callable[[Path], Any]], Path]) -> Tasks:
    """Return the tasks as g++ -O2 compiles them."""
    folder = once("tasks", lambda folder: compile_core(folder / "tasks.so", HERE / "task_harness.cpp"))
    return Tasks(folder / "tasks.so")
