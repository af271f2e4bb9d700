"""The JSDoc types of projects: the compiler accepts them, for every task and resize."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from edgegen.project.task_files import TASKS
from scripts import typescript
from tests.helpers.other_resizes import OTHER_RESIZES
from tests.helpers.tools import missing
from tests.web.selected_rows import SELECTING

pytestmark = pytest.mark.full

FOLDERS = ("app", "edgegen", "vision")
UNUSED = "TS6133"


@pytest.fixture
def compiler() -> None:
    """Leave the test out without TypeScript."""
    if not typescript.PACKAGE.is_installed():
        missing("TypeScript (scripts/typescript.py --install)")


@pytest.mark.usefixtures("compiler")
def test_types_of_the_project_of_each_task_and_resize_are_right(
    app_project: Callable[[str], Path], webgpu_project: Path
) -> None:
    """Strict. Parameters of a result processor may be unused: they are an example's.

    One run of the compiler for all: most of a run is the types of the browser. The files are modules.
    """
    projects = [*map(app_project, (*TASKS, *OTHER_RESIZES, SELECTING)), webgpu_project]
    findings = typescript.check([project / each for project in projects for each in FOLDERS])
    own = [each for each in findings if "/ort/" not in each.split("(")[0]]
    assert [each for each in own if "app/processor.js" not in each or UNUSED not in each] == []


@pytest.mark.usefixtures("compiler")
def test_types_of_the_service_worker_are_right(app_project: Callable[[str], Path], tmp_path: Path) -> None:
    shutil.copy(app_project("detect") / "sw.js", tmp_path)
    assert typescript.check([tmp_path], lib=["es2023", "webworker"]) == []
