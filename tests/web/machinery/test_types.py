"""The JSDoc types of the machinery in every task's project, and of the service worker."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from edgegen.project.task_files import TASKS
from scripts import typescript
from tests.helpers.other_resizes import OTHER_RESIZES
from tests.helpers.tools import missing


@pytest.fixture
def compiler() -> None:
    """Leave the test out without TypeScript."""
    if not typescript.PACKAGE.is_installed():
        missing("TypeScript (scripts/typescript.py --install)")


@pytest.mark.full
@pytest.mark.usefixtures("compiler")
def test_types_of_the_machinery_are_right(web_project: Callable[[str], Path], tmp_path: Path) -> None:
    for model in (*TASKS, *OTHER_RESIZES):
        for name in ("edgegen", "vision"):
            shutil.copytree(web_project(model) / name, tmp_path / model / name)
    assert typescript.check([tmp_path]) == []


@pytest.mark.full
@pytest.mark.usefixtures("compiler")
def test_types_of_the_service_worker_are_right(web_project: Callable[[str], Path], tmp_path: Path) -> None:
    shutil.copy(web_project("detect") / "sw.js", tmp_path)
    assert typescript.check([tmp_path], lib=["es2023", "webworker"]) == []
