"""Starter projects of every task."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers.once import Once
from tests.helpers.projects import Built, build, generate

TASKS = ("detect", "pose", "obb", "segment", "classify", "semantic", "depth")
TaskExport = Callable[[str], Path]
Starter = Callable[[str], Built]


@pytest.fixture(scope="session")
def starter(once: Once, task_export: TaskExport) -> Starter:
    """Return a function that builds a task's starter, once for all tests. Not to be written into."""

    def get(task: str) -> Built:
        export = task_export(task)
        folder = once(f"starter-{task}", lambda folder: generate(folder, export, app="starter"))
        return build(folder / "project", "app", "parity")

    return get
