"""`edgegen update` verifies a phone app before it changes anything."""

import shutil
from pathlib import Path

import pytest

from edgegen_kits.ios.kit import Kit
from tests.helpers.support import edgegen, message_is_complete, snapshot

pytestmark = pytest.mark.full


def test_update_that_changes_the_boxes_of_an_ios_app_is_undone(
    ios_kit: Kit, tiny_checkpoint: Path, tmp_path: Path
) -> None:
    """The edit only has an effect when --max-det changes. Android uses the same code."""
    shutil.copy(tiny_checkpoint, tmp_path / "shapes.pt")
    project = tmp_path / "app"
    edgegen("new", "--model", tmp_path / "shapes.pt", "--target", "ios", "--output", project).ok()
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
