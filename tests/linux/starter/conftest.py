"""Starter projects of every task."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers.projects import Built, build

TASKS = ("detect", "pose", "obb", "segment", "classify", "semantic", "depth")
Starter = Callable[[str], Built]


@pytest.fixture(scope="session")
def starter(starter_project: Callable[[str], Path]) -> Starter:
    """Return a function that builds a task's starter, once for all tests. Not to be written into."""
    return lambda task: build(starter_project(task), "app", "parity")
