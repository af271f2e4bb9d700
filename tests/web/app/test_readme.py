"""The project's README: its mutations fail where it says, and its files exist."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers.other_resizes import OTHER_RESIZES
from tests.web.selected_rows import SELECTING

pytestmark = pytest.mark.full

PROJECTS = ("detect", "pose", "obb", "segment", "classify", "semantic", "depth", *OTHER_RESIZES, SELECTING)
ROW = re.compile(r"^\| `([^`]+)` \| `([^`]+)` to `([^`]+)` \| ([a-z ]+) \|$", re.MULTILINE)
FAILED = re.compile(r"^([a-z ]+): FAILED", re.MULTILINE)


@pytest.mark.parametrize("name", PROJECTS)
def test_each_mutation_of_the_readme_fails_at_its_stage(
    app_project: Callable[[str], Path], tmp_path: Path, name: str
) -> None:
    project = Path(shutil.copytree(app_project(name), tmp_path / "project"))
    rows = ROW.findall((project / "README.md").read_text())
    assert len(rows) == 3
    for file, before, after, stage in rows:
        text = (project / file).read_text()
        assert text.count(before) == 1, (file, before)
        (project / file).write_text(text.replace(before, after))
        answer = subprocess.run(
            ["node", "--test", "tests/"], cwd=project, capture_output=True, text=True, check=False
        )
        (project / file).write_text(text)
        assert answer.returncode != 0, (file, after)
        assert FAILED.findall(answer.stdout.replace("# ", ""))[0] == stage, (file, after)


@pytest.mark.parametrize("name", PROJECTS)
def test_readme_names_files_that_exist(app_project: Callable[[str], Path], name: str) -> None:
    project = app_project(name)
    readme = (project / "README.md").read_text()
    named = set(re.findall(r"`((?:app|vision|edgegen)/\w+\.js)`", readme))
    assert len(named) > 12
    assert [name for name in sorted(named) if not (project / name).is_file()] == []
    assert "@lines" not in readme
