"""The JSDoc types of the app: the compiler accepts them, for every task and resize."""

from collections.abc import Callable
from pathlib import Path

import pytest

from edgegen.project.task_files import TASKS
from scripts import typescript
from tests.helpers.other_resizes import OTHER_RESIZES
from tests.helpers.tools import missing

pytestmark = pytest.mark.full

FOLDERS = ("app", "edgegen", "vision")


def test_types_of_the_project_of_each_task_and_resize_are_right(app_project: Callable[[str], Path]) -> None:
    """Strict. Parameters may be unused: those of a result processor are an example's.

    One run of the compiler for all: most of a run is the types of the browser. The files are modules.
    """
    if not typescript.PACKAGE.is_installed():
        missing("TypeScript (scripts/typescript.py --install)")
    folders = [app_project(name) / each for name in (*TASKS, *OTHER_RESIZES) for each in FOLDERS]
    findings = typescript.check(folders, noUnusedParameters=False)
    assert [each for each in findings if "/ort/" not in each.split("(")[0]] == []
