"""An update of an app for phones comes only where it still shows PyTorch's boxes, too."""

import shutil
from pathlib import Path

import pytest

from edgegen.kits.ios.kit import Kit
from tests.helpers.support import edgegen, message_is_complete, snapshot

pytestmark = pytest.mark.full


def test_an_ios_app_that_shows_other_boxes_stays_as_it_was(
    ios_kit: Kit, tiny_checkpoint: Path, tmp_path: Path
) -> None:
    """Its owner's edit makes no difference until an option is another. (Android's way is the same one.)"""
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
