"""`edgegen status` and `edgegen diff`: how a project was made, and a patch of its owner's edits."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from edgegen import __version__
from edgegen.base import pins
from edgegen.project import base_files, manifest
from tests.helpers.support import contents, edgegen, make, rejects, snapshot

pytestmark = pytest.mark.full


def status(project: object = "app") -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(edgegen("status", project, "--json").ok().out)
    return parsed


def diff(project: Path) -> subprocess.CompletedProcess[bytes]:
    """Run the command in a separate process, because a patch is bytes with exact line ends."""
    command = [sys.executable, "-m", "edgegen", "diff", str(project)]
    ran = subprocess.run(command, capture_output=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran


def patch_of(project: Path) -> bytes:
    return diff(project).stdout


def apply(patch: bytes, folder: Path) -> None:
    """Apply a patch with `git apply` in a folder that is no repository, as an owner would."""
    (folder.parent / "edits.patch").write_bytes(patch)
    command = ["git", "apply", "--whitespace=nowarn", str(folder.parent.resolve() / "edits.patch")]
    environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.parent.resolve())}
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def edit_everything(project: Path) -> None:
    """Edit, delete and add files of all kinds."""
    path = project / "src" / "app" / "main.cpp"
    path.write_text("// größer 犬\n" + path.read_text())
    (project / "README.md").write_bytes((project / "README.md").read_bytes().rstrip(b"\n"))
    header = project / "src" / "model_info.h"
    header.write_bytes(header.read_bytes().replace(b"\n", b"\r\n"))
    (project / "vectors" / "README.md").unlink()
    (project / "src" / "my folder").mkdir()
    (project / "src" / "my folder" / "größe.cpp").write_text("int mine;")
    (project / "run.sh").write_text("#!/bin/sh\n")
    (project / "run.sh").chmod(0o755)


def test_diff_patch_turns_a_fresh_project_into_the_edited_one(exported: Path, tmp_path: Path) -> None:
    """Edited, deleted and added files, line ends, a missing final newline, spaces, modes."""
    project = make("--name", "birds", "--output", "app")
    edit_everything(project)
    patch = patch_of(project)
    assert patch.startswith(b"diff --git a/README.md b/README.md\n")
    fresh = make("--name", "birds", "--output", "fresh")
    apply(patch, fresh)
    assert contents(fresh) == contents(project)
    assert os.access(fresh / "run.sh", os.X_OK)


def test_diff_leaves_out_only_side_files_of_an_update(exported: Path, tmp_path: Path) -> None:
    """The owner's files may have the same suffix."""
    project = make("--output", "app")
    for name in ("README.md.edgegen-new", "notes.edgegen-new", "src/mine.edgegen-new/a.txt"):
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).write_text("x\n")
    named = [line for line in patch_of(project).decode().splitlines() if line.startswith("diff")]
    assert [line.rpartition(" b/")[2] for line in named] == [
        "notes.edgegen-new",
        "src/mine.edgegen-new/a.txt",
    ]
    found = status()
    assert found["to_settle"] == ["README.md.edgegen-new"]
    assert found["added"] == ["notes.edgegen-new", "src/mine.edgegen-new/a.txt"]


def test_diff_of_an_unedited_project_is_empty(exported: Path) -> None:
    """Also after a build and a commit."""
    project = make("--output", "app")
    for name in ("build/release/app", ".git/HEAD", ".cache/x"):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text("x")
    assert patch_of(project) == b""
    found = status()
    assert (found["edited"], found["deleted"]) == ([], [])
    assert found["added"] == []


def test_diff_leaves_out_binary_files_and_names_them(exported: Path) -> None:
    """On stderr, so that stdout is a valid patch."""
    project = make("--output", "app")
    (project / "model" / "model.pte").write_bytes(b"\0mine")
    (project / "photo.png").write_bytes(b"\x89PNG\0")
    (project / "vectors" / "index.json").unlink()
    (project / "CMakeLists.txt").unlink()
    (project / "CMakeLists.txt").mkdir()
    ran = diff(project)
    said = ran.stderr.decode()
    assert ran.stdout == b""
    for name in ("model/model.pte was edited", "photo.png is no text", "vectors/index.json was deleted"):
        assert f"not in the patch: {name}" in said
    assert "CMakeLists.txt is a folder now" in said


def test_diff_works_without_the_base_file(exported: Path) -> None:
    """The original files are rendered again."""
    project = make("--name", "birds", "--output", "app")
    (project / "src/app/main.cpp").write_text("mine\n")
    before = patch_of(project)
    assert b"+mine" in before
    (project / base_files.NAME).unlink()
    assert patch_of(project) == before
    assert status()["base"] is False


def test_status_shows_options_versions_and_edits(exported: Path, tmp_path: Path) -> None:
    """It changes nothing."""
    project = make("--name", "birds", "--conf", 0.4, "--output", "app")
    edit_everything(project)
    before = snapshot(tmp_path)
    found = status()
    assert snapshot(tmp_path) == before
    assert found["target"] == "linux-cpp"
    assert found["versions"] == {"edgegen": __version__, "executorch": pins.EXECUTORCH}
    assert found["options"]["conf"] == 0.4
    assert found["checkpoint_is"] == "none"
    assert found["edited"] == ["README.md", "src/app/main.cpp", "src/model_info.h"]
    assert found["deleted"] == ["vectors/README.md"]
    assert found["added"] == ["run.sh", "src/my folder/größe.cpp"]
    assert found["brings"] == []
    text = edgegen("status", project).ok().out
    assert f"made by edgegen {__version__}" in text
    assert "edited:\n  README.md\n  src/app/main.cpp\n" in text
    assert "conf 0.4" in text


def test_status_shows_whether_the_checkpoint_is_present_changed_or_missing(
    no_export: Path, tiny_checkpoint: Path
) -> None:
    shutil.copy(tiny_checkpoint, "best.pt")
    make("--name", "birds", "--output", "app", model="best.pt")
    found = status()
    assert (found["checkpoint"], found["checkpoint_is"]) == ("../best.pt", "present")
    assert found["checkpoint_sha256"] == manifest.sha256(tiny_checkpoint)
    Path("best.pt").write_bytes(b"retrained")
    assert status()["checkpoint_is"] == "changed"
    assert "use it with `edgegen update --model`" in edgegen("status", "app").ok().out
    Path("best.pt").unlink()
    assert status()["checkpoint_is"] == "missing"


def test_status_lists_files_that_an_update_would_change(
    exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The project's own model is used."""
    make("--name", "birds", "--output", "app")
    monkeypatch.setattr("edgegen.project.context.__version__", "0.2.0")
    found = status()
    assert found["brings"]
    assert edgegen("update", "app", "--no-verify", "--json").ok()
    assert status()["brings"] == []


@pytest.mark.parametrize("command", ["status", "diff"])
def test_status_and_diff_refuse_paths_that_are_no_project(
    exported: Path, tmp_path: Path, command: str
) -> None:
    (tmp_path / "strange").mkdir()
    rejects(3, tmp_path, command, "nowhere", says=("there is no project nowhere",))
    rejects(3, tmp_path, command, "strange", says=("was not made by edgegen",))
    rejects(3, tmp_path, command, exported, says=("is an export, not a project",))
