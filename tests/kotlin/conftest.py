"""The Kotlin core, compiled once for all test processes, in one JVM for each of them."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cpp.compiler import HERE as CPP
from tests.cpp.compiler import compile_core as compile_cpp
from tests.cpp.native import Core
from tests.helpers.once import Once
from tests.helpers.tools import missing
from tests.kotlin.compiler import compile_core, find_kit, stdlib
from tests.kotlin.jvm import KotlinCore
from tests.kotlin.rendered import render_constants
from tests.kotlin.task_projects import compile_project


@pytest.fixture(scope="session")
def kit() -> Path:
    """Return the folder of the Android kit, or skip."""
    if shutil.which("java") is None:
        missing("java")
    folder = find_kit()
    if folder is None:
        missing("the Android kit (edgegen doctor --target android --install)")
    assert folder is not None
    return folder


@pytest.fixture(scope="session")
def kotlin_classes(once: Once, kit: Path, tiny_export: Path) -> Path:
    """Return a folder with `generated`, rendered for the tiny model, and `classes`: core and harness."""

    def make(folder: Path) -> None:
        compile_core(kit, folder / "classes", render_constants(tiny_export, folder / "generated"))

    return once("android-core", make)


@pytest.fixture(scope="session")
def kotlin(kotlin_classes: Path, kit: Path) -> Iterator[KotlinCore]:
    """Return the core in a JVM that lives as long as the tests."""
    jvm = KotlinCore([kotlin_classes / "classes", stdlib(kit)])
    yield jvm
    jvm.close()


@pytest.fixture(scope="session")
def cpp(once: Once) -> Core:
    """Return the C++ core, of which this one is a port."""
    folder = once("core", lambda folder: compile_cpp(folder / "core.so", CPP / "harness.cpp"))
    return Core(folder / "core.so")


@pytest.fixture(scope="session")
def tiny_of(task_export: Callable[[str], Path]) -> Callable[[str], Path]:
    """Return a function that gives the export of a task's tiny checkpoint. Not to be written into."""
    return task_export


@pytest.fixture(scope="session")
def task_project(
    once: Once, kit: Path, tiny_of: Callable[[str], Path], ultralytics_folder: Callable[[str], Path]
) -> Callable[[str], Path]:
    """Return a function that gives both modules of a task and their tests, compiled, and their variants."""

    def get(task: str) -> Path:
        export, exported_folder = tiny_of(task), ultralytics_folder(task)
        return once(
            f"android-core-of-{task}",
            lambda folder: compile_project(kit, task, export, exported_folder, folder),
        )

    return get
