"""README of the studio has true line counts, and the starter's example, whose test compiles it."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.full

BOXES = ("detect", "pose", "obb", "segment")
TASKS = (*BOXES, "classify", "semantic", "depth")


@pytest.mark.parametrize("task", TASKS)
def test_readme_has_the_line_counts_of_the_files_and_the_example_of_the_starter(
    studio_project: Callable[[str], Path], starter_project: Callable[[str], Path], task: str
) -> None:
    studio, starter = studio_project(task), starter_project(task)
    readme, other = ((project / "README.md").read_text(encoding="utf-8") for project in (studio, starter))
    counted = re.findall(r"^\| `(src/\S+)` \| (\d+) \|", readme, re.MULTILINE)
    assert len(counted) >= 9
    for name, lines in counted:
        assert len((studio / name).read_text(encoding="utf-8").splitlines()) == int(lines)
    for section in ("## Your first change", "## Break it"):
        ours, theirs = (text.split(section)[1].split("\n## ")[0] for text in (readme, other))
        pattern = re.compile(r"^(?:```cpp\n.*?```|\| `k[^\n]*)$", re.MULTILINE | re.DOTALL)
        assert pattern.findall(ours) == pattern.findall(theirs) != []
    if task in BOXES:  # a test of the starter compiles the detector's example
        detector = (starter_project("detect") / "README.md").read_text(encoding="utf-8")
        examples = [re.findall(r"```cpp\n.*?```", text, re.DOTALL) for text in (other, detector)]
        ours, theirs = ([re.sub(r'== "\w+"', "", each) for each in texts] for texts in examples)
        assert ours == theirs != []
    for shared in ("draw.cpp", "draw.h", "processor.h"):
        assert (studio / "src/app" / shared).read_bytes() == (starter / "src/app" / shared).read_bytes()
