"""The core, compiled once for all test processes."""

import pytest

from tests.cpp.compiler import HERE, compile_core
from tests.cpp.native import Core
from tests.cpp.native_tasks import Tasks
from tests.helpers.once import Once


@pytest.fixture(scope="session")
def core(once: Once) -> Core:
    """Return the core as g++ -O2 compiles it."""
    folder = once("core", lambda folder: compile_core(folder / "core.so", HERE / "harness.cpp"))
    return Core(folder / "core.so")


@pytest.fixture(scope="session")
def tasks(once: Once) -> Tasks:
    """Return the tasks as g++ -O2 compiles them."""
    folder = once("tasks", lambda folder: compile_core(folder / "tasks.so", HERE / "task_harness.cpp"))
    return Tasks(folder / "tasks.so")
