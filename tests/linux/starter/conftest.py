"""Starter projects of every task."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers.projects import Built, build

TASKS = ("detect", "pose", "obb", "segment", "classify", "semantic", "depth")
Starter = Callable[[str], Built]


def copy_of(built: Built, folder: Path) -> Path:
    """Return a copy of the project, without its build."""
    return Path(shutil.copytree(built.project, folder / "project", ignore=shutil.ignore_patterns("build")))


@pytest.fixture(scope="session")
def starter(starter_project: Callable[[str], Path]) -> Starter:
    """Return a function that builds a task's starter, once for all tests. Not to be written into."""
    return lambda task: build(starter_project(task), "app", "parity")
