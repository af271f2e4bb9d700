"""README of the studio has true line counts, and the starter's example, whose test compiles it."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers.projects import generate

pytestmark = pytest.mark.full

TASKS = ("detect", "pose", "obb", "segment", "classify", "semantic", "depth")


@pytest.mark.parametrize("task", TASKS)
def test_readme_has_the_line_counts_of_the_files_and_the_example_of_the_starter(
    task_export: Callable[[str], Path], tmp_path: Path, task: str
) -> None:
    export = task_export(task)
    studio, starter = (generate(tmp_path / app, export, app=app) for app in ("studio", "starter"))
    readme, other = ((project / "README.md").read_text(encoding="utf-8") for project in (studio, starter))
    counted = re.findall(r"^\| `(src/\S+)` \| (\d+) \|", readme, re.MULTILINE)
    assert len(counted) >= 9
    for name, lines in counted:
        assert len((studio / name).read_text(encoding="utf-8").splitlines()) == int(lines)
    for section in ("## Your first change", "## Break it"):
        ours, theirs = (text.split(section)[1].split("\n## ")[0] for text in (readme, other))
        pattern = re.compile(r"^(?:```cpp\n.*?```|\| `k[^\n]*)$", re.MULTILINE | re.DOTALL)
        assert pattern.findall(ours) == pattern.findall(theirs) != []
    for shared in ("draw.cpp", "draw.h", "processor.h"):
        assert (studio / "src/app" / shared).read_bytes() == (starter / "src/app" / shared).read_bytes()
