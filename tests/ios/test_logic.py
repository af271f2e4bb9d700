"""Run `tests/ios/logic`: tests of the studio's plain Swift that a generated project does not have."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from edgegen.project.task_files import TASKS
from edgegen_kits.ios import logic_tests
from edgegen_kits.ios.kit import Kit
from tests.helpers.mutating import copy_of
from tests.ios.conftest import StarterOf
from tests.ios.logic_sources import STUDIO, add_tests

PROCESSOR: Final = "App/Logic/ResultProcessor.swift"


@pytest.mark.full
@pytest.mark.parametrize("task", TASKS)
def test_plain_swift_of_each_task_passes_its_detailed_tests(
    ios_kit: Kit, ios_of: Callable[[str], Path], starter_of: StarterOf, tmp_path: Path, task: str
) -> None:
    """And the project's own logic tests. Tests of files that all tasks share run in the detector's project.

    With the result processor of README, which is the same in starter and studio: an update keeps it.
    """
    project = copy_of(ios_of(task), tmp_path)
    add_tests(project, STUDIO, task, tested=None if task == "detect" else ios_of("detect"))
    assert (project / PROCESSOR).read_bytes() == (starter_of(task) / PROCESSOR).read_bytes()
    readmes = [(each / "README.md").read_text(encoding="utf-8") for each in (project, starter_of(task))]
    pattern = r"## Your first change.*`process` only"
    first_change, other = (re.findall(pattern, each, re.DOTALL) for each in readmes)
    assert first_change == other
    (code,) = re.findall(r"```swift\n(struct ResultProcessor.*?)```", first_change[0], re.DOTALL)
    for name in re.findall(r'(?:className ==|let name =) "(.+?)"', code):
        code = code.replace(name, "car")
    (project / PROCESSOR).write_text(code, encoding="utf-8")
    run = logic_tests.run(ios_kit, project, tmp_path / "logic")
    assert run.failures == ()
    assert run.run > (60 if task == "detect" else 30), run.run
