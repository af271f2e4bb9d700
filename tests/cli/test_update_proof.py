"""`edgegen update` builds and verifies the updated project before it changes anything."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.updates import HEADER
from tests.helpers.projects import generate
from tests.helpers.support import edgegen, message_is_complete, model_info, restricted, snapshot

pytestmark = pytest.mark.full


@pytest.fixture(scope="module")
def made(tiny_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a linux-cpp project of this module, made from a checkpoint next to it."""
    root = tmp_path_factory.mktemp("proof")
    shutil.copy(tiny_checkpoint, root / "shapes.pt")
    return generate(root, root / "shapes.pt")


@pytest.fixture
def project(made: Path) -> Iterator[Path]:
    """Return the project. After the test its files are as they were; only builds stay."""
    before = _sources(made)
    yield made
    for path in _sources(made).keys() - before.keys():
        path.unlink()
    for path, content in before.items():
        if not path.is_file() or path.read_bytes() != content:  # a file that is written is compiled again
            path.write_bytes(content)


def _sources(project: Path) -> dict[Path, bytes]:
    files = [path for path in project.rglob("*") if path.is_file()]
    return {
        path: path.read_bytes()
        for path in files
        if not path.relative_to(project).parts[0].startswith("build")
    }


def edit(project: Path, old: str, new: str) -> None:
    text = (project / HEADER).read_text(encoding="utf-8")
    assert old in text
    (project / HEADER).write_text(text.replace(old, new, 1), encoding="utf-8")


def without_builds(project: Path) -> dict[str, tuple[object, ...]]:
    return {name: what for name, what in snapshot(project).items() if not name.startswith("build")}


def test_update_that_keeps_pytorchs_boxes_is_applied(project: Path) -> None:
    """The owner's edit is part of the build. A pipe is reported, and a read-only folder leaves no copy."""
    edit(project, "#pragma once", "#pragma once  // mine")
    os.mkfifo(project / "src" / "pipe")
    (project / "notes").mkdir()
    (project / "notes" / "mine.txt").write_text("mine")
    (project / "notes").chmod(0o555)
    answer = restricted("update", project, "--conf", 0.3, "--json", folder=project.parent).ok()
    said = json.loads(answer.out)
    assert said["notes"] == ["verified without src/pipe: not regular files"]
    assert (project / "src" / "pipe").is_fifo()
    (project / "src" / "pipe").unlink()
    (project / "notes").chmod(0o755)
    report = said["verified"]
    assert report["passed"] is True
    assert report["detections"] > 10
    assert "PyTorch" in report["authority"]
    assert "shapes.pt" in report["authority"]
    assert model_info(project)["kConfidence"] == "0.3"
    assert "// mine" in (project / HEADER).read_text()
    assert sorted(path.name for path in project.parent.iterdir()) == sorted([project.name, "shapes.pt"])


def test_update_that_changes_the_boxes_is_undone_unless_kept(project: Path) -> None:
    """Exit code 7, and the message names the stage. `--keep` applies the update."""
    # This edit only has an effect when --max-det changes.
    edit(project, "info.pad_value = kPadValue;", "info.pad_value = kMaxDetections < 300 ? 90 : kPadValue;")
    before = without_builds(project)
    answer = edgegen("update", project, "--max-det", 20, "--json")
    assert answer.code == 7
    assert answer.out == ""
    message_is_complete(answer.err)
    assert "does not show PyTorch's boxes any more: stage letterbox" in answer.err
    assert "--keep" in answer.err
    assert without_builds(project) == before

    answer = edgegen("update", project, "--max-det", 20, "--keep")
    assert answer.code == 7
    assert "NOT the same boxes" in answer.out
    assert model_info(project)["kMaxDetections"] == "20"
    # The project failed before this update, so the update is applied with a note.
    answer = edgegen("update", project, "--max-det", 21)
    assert answer.code == 7
    assert "the project failed before this update, too: stage " in answer.out
    assert model_info(project)["kMaxDetections"] == "21"


def test_update_whose_app_crashes_is_undone_unless_kept(project: Path) -> None:
    """Exit code 7, and the message says how to keep it."""
    crash = "inline const int kCrash = [] { return kMaxDetections < 300 ? (__builtin_trap(), 1) : 0; }();"
    edit(project, "// All constants, for the detector.", f"{crash}\n// All constants, for the detector.")
    before = without_builds(project)
    answer = edgegen("update", project, "--max-det", 20)
    assert answer.code == 7, answer
    message_is_complete(answer.err)
    assert "the updated project cannot be compared with PyTorch any more: " in answer.err
    assert "--keep" in answer.err
    assert without_builds(project) == before

    answer = edgegen("update", project, "--max-det", 20, "--keep").ok()
    assert "the updated project cannot be compared with PyTorch any more: " in answer.out
    assert model_info(project)["kMaxDetections"] == "20"


def test_update_that_does_not_build_is_undone(project: Path) -> None:
    """Exit code 6."""
    edit(project, "  info.scale = kScale;", '  static_assert(kIou > 0.5, "mine");\n  info.scale = kScale;')
    before = without_builds(project)
    answer = edgegen("update", project, "--iou", 0.4)
    assert answer.code == 6
    assert "the updated project does not build any more" in answer.err
    assert without_builds(project) == before


def test_update_without_build_tools_is_applied_with_a_note(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With conflicts, nothing is verified and there is no note."""
    copy = Path(shutil.copytree(project, tmp_path / "app", ignore=shutil.ignore_patterns("build")))
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").symlink_to(shutil.which("git") or "")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    said = json.loads(edgegen("update", copy, "--conf", 0.45, "--json").ok().out)
    assert said["verified"] is None
    (note,) = said["notes"]
    assert note.startswith("not verified, because tools are missing: ")
    assert "edgegen doctor --target linux-cpp --install" in note
    edit(copy, "kConfidence = 0.45;", "kConfidence = 0.46;")
    answer = edgegen("update", copy, "--conf", 0.5, "--json")
    assert answer.code == 8
    assert json.loads(answer.out)["notes"] == []
