"""An update of an app for phones comes only where it still shows PyTorch's boxes, too."""

import shutil
from pathlib import Path

import pytest

from edgegen.kits.ios.kit import Kit
from support import edgegen, message_is_complete, snapshot


def check_it_stays_out(folder: Path, checkpoint: Path, target: str, file: str, old: str, new: str) -> None:
    """An owner's edit makes no difference until an option is another: then nothing is other than before."""
    shutil.copy(checkpoint, folder / "shapes.pt")
    project = folder / "app"
    edgegen("new", "--model", folder / "shapes.pt", "--target", target, "--output", project).ok()
    text = (project / file).read_text(encoding="utf-8")
    assert text.count(old) == 1
    (project / file).write_text(text.replace(old, new), encoding="utf-8")
    before = snapshot(project)
    answer = edgegen("update", project, "--max-det", 20)
    assert answer.code == 7, answer
    message_is_complete(answer.err)
    assert "does not show PyTorch's boxes any more: stage letterbox" in answer.err
    assert snapshot(project) == before


@pytest.mark.xdist_group("ios")
def test_an_ios_app(ios_kit: Kit, tiny_checkpoint: Path, tmp_path: Path) -> None:
    """With the border of another colour it shows other boxes; Android goes the same way, and takes longer."""
    old, new = "info.pad_value = kPadValue;", "info.pad_value = kMaxDetections < 300 ? 90 : kPadValue;"
    check_it_stays_out(tmp_path, tiny_checkpoint, "ios", "Core/model_info.h", old, new)
