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


@pytest.mark.parametrize("name", [*TASKS, *OTHER_RESIZES])
def test_types_of_a_project_are_right(app_project: Callable[[str], Path], name: str) -> None:
    """Strict. Parameters may be unused: those of a result processor are an example's."""
    if not typescript.PACKAGE.is_installed():
        missing("TypeScript (scripts/typescript.py --install)")
    project = app_project(name)
    findings = typescript.check([project / each for each in FOLDERS], noUnusedParameters=False)
    assert [each for each in findings if "/ort/" not in each.split("(")[0]] == []
