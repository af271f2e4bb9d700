"""The project's README: the files that it names exist. machinery/test_parity.py tests its mutations."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers.other_resizes import OTHER_RESIZES
from tests.web.selected_rows import SELECTING

pytestmark = pytest.mark.full

PROJECTS = ("detect", "pose", "obb", "segment", "classify", "semantic", "depth", *OTHER_RESIZES, SELECTING)


@pytest.mark.parametrize("name", PROJECTS)
def test_readme_names_files_that_exist(app_project: Callable[[str], Path], name: str) -> None:
    project = app_project(name)
    readme = (project / "README.md").read_text()
    named = set(re.findall(r"`((?:app|vision|edgegen)/\w+\.js)`", readme))
    assert len(named) > 12
    assert [name for name in sorted(named) if not (project / name).is_file()] == []
    assert "@lines" not in readme
    rows = re.findall(r"^\| `(\S+)` \| \d+ \|", readme, re.MULTILINE)
    resize = "vision/pillow_resize.js" if "vision/pillow_resize.js" in rows else "vision/resize.js"
    for first, second in (
        ("vision/types.js", "vision/model.js"),
        (resize, "vision/tensor.js"),
        ("app/page.js", "app/pictures.js"),
        ("app/pictures.js", "app/pixels.js"),
    ):
        assert rows.index(first) < rows.index(second)
    assert "paused picture" not in readme
