"""`edgegen status` and `edgegen diff`: how a project was made, and a patch of what its owner changed."""

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
from tests.helpers.support import contents, edgegen, make, refused, snapshot

pytestmark = pytest.mark.full

BOOKS = {".edgegen.yml", base_files.NAME}


def status(project: object = "app") -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(edgegen("status", project, "--json").ok().out)
    return parsed


def diff(project: Path) -> subprocess.CompletedProcess[bytes]:
    """Run the command in a process of its own: a patch is bytes, line ends and all."""
    command = [sys.executable, "-m", "edgegen", "diff", str(project)]
    ran = subprocess.run(command, capture_output=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran


def patch_of(project: Path) -> bytes:
    return diff(project).stdout


def apply(patch: bytes, folder: Path) -> None:
    """Apply a patch as its owner would: with git, in a folder that is no repository."""
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


def test_the_patch_makes_the_edited_project_of_a_fresh_one(exported: Path, tmp_path: Path) -> None:
    """Edited, deleted and added files, line ends, a missing final newline, names with spaces, modes."""
    project = make("--name", "birds", "--output", "app")
    edit_everything(project)
    patch = patch_of(project)
    assert patch.startswith(b"diff --git a/README.md b/README.md\n")
    fresh = make("--name", "birds", "--output", "fresh")
    apply(patch, fresh)
    assert contents(fresh) == contents(project)
    assert os.access(fresh / "run.sh", os.X_OK)


def test_only_what_an_update_put_there_is_left_out_of_the_patch(exported: Path, tmp_path: Path) -> None:
    """A file of the owner's may be called as if it were one of those."""
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


def test_an_unedited_project_has_an_empty_patch(exported: Path) -> None:
    """Also when it was built, and committed."""
    project = make("--output", "app")
    for name in ("build/release/app", ".git/HEAD", ".cache/x"):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text("x")
    assert patch_of(project) == b""
    found = status()
    assert (found["edited"], found["deleted"]) == ([], [])
    assert found["added"] == []


def test_what_is_no_text_is_named_and_left_out(exported: Path) -> None:
    """On stderr, so that stdout is a patch."""
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


def test_a_project_without_a_base_has_a_patch_too(exported: Path) -> None:
    """What edgegen wrote is rendered again."""
    project = make("--name", "birds", "--output", "app")
    (project / "src/app/main.cpp").write_text("mine\n")
    before = patch_of(project)
    assert b"+mine" in before
    (project / base_files.NAME).unlink()
    assert patch_of(project) == before
    assert status()["base"] is False


def test_status_says_how_a_project_was_made(exported: Path, tmp_path: Path) -> None:
    """And what is edited, deleted and added; it changes nothing."""
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


def test_status_says_what_became_of_the_checkpoint(no_export: Path, tiny_checkpoint: Path) -> None:
    """There and the same; there and another; gone."""
    shutil.copy(tiny_checkpoint, "best.pt")
    make("--name", "birds", "--output", "app", model="best.pt")
    found = status()
    assert (found["checkpoint"], found["checkpoint_is"]) == ("../best.pt", "present")
    assert found["checkpoint_sha256"] == manifest.sha256(tiny_checkpoint)
    Path("best.pt").write_bytes(b"retrained")
    assert status()["checkpoint_is"] == "changed"
    assert "`edgegen update --model` takes it" in edgegen("status", "app").ok().out
    Path("best.pt").unlink()
    assert status()["checkpoint_is"] == "missing"


def test_status_says_what_an_update_would_change(exported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the project's own model: the files whose templates are others by now."""
    make("--name", "birds", "--output", "app")
    monkeypatch.setattr("edgegen.project.context.__version__", "0.2.0")
    found = status()
    assert found["brings"]
    assert edgegen("update", "app", "--no-verify", "--json").ok()
    assert status()["brings"] == []


@pytest.mark.parametrize("command", ["status", "diff"])
def test_what_is_none_of_ours_is_refused(exported: Path, tmp_path: Path, command: str) -> None:
    """As `edgegen update` refuses it."""
    (tmp_path / "strange").mkdir()
    refused(3, tmp_path, command, "nowhere", says=("there is no project nowhere",))
    refused(3, tmp_path, command, "strange", says=("was not made by edgegen",))
    refused(3, tmp_path, command, exported, says=("is an export, no project",))
