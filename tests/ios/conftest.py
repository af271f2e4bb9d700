"""Fixtures: starter projects of every task, and their compiled bridges."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from edgegen_kits.ios.kit import Kit
from tests.helpers import ios_projects
from tests.helpers.extra_programs import add_extra_program
from tests.helpers.once import Once
from tests.ios.bridge.calls import build

StarterOf = Callable[[str], Path]  # the name of a task -> its starter


@pytest.fixture(scope="session")
def starter_of(once: Once, task_export: Callable[[str], Path]) -> StarterOf:
    """Return a function that gives the starter of a task's tiny checkpoint. Not to be written into."""

    def get(task: str) -> Path:
        export, options = task_export(task), ("--app", "starter")
        made = once(f"ios-starter-{task}", lambda folder: ios_projects.generate(folder, export, *options))
        return made / "project"

    return get


@pytest.fixture(scope="session")
def selecting_of(once: Once, task_export: Callable[[str], Path]) -> StarterOf:
    """Return a function that gives a task's starter with a second program, for Core ML.

    Its export is in `export` next to it. Neither is to be written into.
    """

    def get(task: str) -> Path:
        def make(folder: Path) -> None:
            export = Path(shutil.copytree(task_export(task), folder / "export"))
            add_extra_program(export, "coreml")
            ios_projects.generate(folder, export, "--app", "starter")

        return once(f"ios-selecting-{task}", make) / "project"

    return get


@pytest.fixture(scope="session")
def selecting(selecting_of: StarterOf) -> Path:
    """Return the detector's starter with model.pte and model.coreml.pte. Not to be written into."""
    return selecting_of("detect")


@pytest.fixture(scope="session")
def compiled_starter(once: Once, ios_kit: Kit) -> Callable[[Path], Path]:
    """Return a function that gives the folder of a starter's compiled bridge. Not to be written into."""

    def get(project: Path) -> Path:
        def make(folder: Path) -> None:
            ios_projects.begun(ios_kit, "bridge", folder)
            build(project, folder)

        return once(f"{project.parent.name}-bridge", make)

    return get
