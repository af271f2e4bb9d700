"""`edgegen update` verifies a phone app before it changes anything."""

import re
import shutil
from pathlib import Path

import pytest

from edgegen_kits.ios.kit import Kit
from tests.helpers.support import edgegen, message_is_complete, snapshot

pytestmark = pytest.mark.full


@pytest.fixture
def project(tiny_checkpoint: Path, tmp_path: Path) -> Path:
    """Return an iOS project with its checkpoint beside it."""
    checkpoint = shutil.copy(tiny_checkpoint, tmp_path / "shapes.pt")
    edgegen("new", "--model", checkpoint, "--target", "ios", "--output", tmp_path / "app").ok()
    return tmp_path / "app"


def test_update_that_changes_the_boxes_of_an_ios_app_is_undone(ios_kit: Kit, project: Path) -> None:
    """The edit only has an effect when --max-det changes. Android uses the same code."""
    header = project / "Core" / "model_info.h"
    text = header.read_text(encoding="utf-8")
    old, new = "info.pad_value = kPadValue;", "info.pad_value = kMaxDetections < 300 ? 90 : kPadValue;"
    assert text.count(old) == 1
    header.write_text(text.replace(old, new), encoding="utf-8")
    before = snapshot(project)
    answer = edgegen("update", project, "--max-det", 20)
    assert answer.code == 7, answer
    message_is_complete(answer.err)
    assert "does not show PyTorch's boxes any more: stage letterbox" in answer.err
    assert snapshot(project) == before


def test_starter_with_the_change_of_its_readme_becomes_a_studio_that_verifies(
    ios_kit: Kit, project: Path
) -> None:
    """The two commands that the starter's README gives: the update keeps the processor, and verifies."""
    readme = (project / "README.md").read_text(encoding="utf-8")
    assert "`edgegen update . --app studio`" in readme
    (code,) = re.findall(r"In `(?P<file>App/.+?)`:\n\n```swift\n(?P<code>.+?)```", readme, re.DOTALL)
    processor = project / code[0]
    processor.write_text(code[1], encoding="utf-8")
    answer = edgegen("update", project, "--app", "studio").ok()
    assert "the same boxes as PyTorch on" in answer.out
    assert processor.read_text(encoding="utf-8") == code[1]
    assert (project / "App/Pipeline/LivePipeline.swift").is_file()
