"""Starter projects of every task."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers import ios_projects
from tests.helpers.once import Once

StarterOf = Callable[[str], Path]


@pytest.fixture(scope="session")
def starter_of(once: Once, task_export: Callable[[str], Path]) -> StarterOf:
    """Return a function that gives the starter of a task's tiny checkpoint. Not to be written into."""

    def get(task: str) -> Path:
        export, options = task_export(task), ("--app", "starter")
        made = once(f"ios-starter-{task}", lambda folder: ios_projects.generate(folder, export, *options))
        return made / "project"

    return get
