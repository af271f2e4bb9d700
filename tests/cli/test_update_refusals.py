"""`edgegen update` that is rejected, fails or is killed leaves the old project or the new one."""

import errno
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edgegen.project import base_files, exchange, manifest
from tests.cli.updates import HEADER, edit, update
from tests.helpers.killed import run_program
from tests.helpers.support import PATIENCE, edgegen, model_info, rejects, snapshot

pytestmark = pytest.mark.full


def test_update_pretend_reports_the_same_as_the_update_and_changes_nothing(app: Path, tmp_path: Path) -> None:
    edit(HEADER, "kConfidence = 0.25;", "kConfidence = 0.33;")
    before = snapshot(tmp_path)
    pretended = update("--conf", 0.4, "--pretend", code=8)
    assert snapshot(tmp_path) == before
    done = update("--conf", 0.4, code=8)
    assert {**pretended, "changed": True} == done


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("nowhere",), 3, ("there is no project nowhere",)),
        (("app/README.md",), 3, ("app/README.md is a file", "give the folder")),
        (("exported",), 3, ("is an export, not a project", "edgegen new")),
        (("strange",), 3, ("was not made by edgegen",)),
        (
            ("app", "--package", "org.my.birds"),
            2,
            ("--package has no effect for linux-cpp", "leave it out: a project keeps"),
        ),
        (("app", "--trust"), 2, ("--trust is for a template", "leave it out")),
        (("app", "--conf", "7"), 2, ("--conf is 7",)),
        (("app", "--max-det", "0"), 2, ("--max-det is 0",)),
        (("app", "--calibration-images", "0"), 2, ("--calibration-images needs another export",)),
        (("app", "--max-loss", "0"), 2, ("--max-loss needs another export",)),
        (("app", "--classes", "wolf"), 2, ("--classes",)),
        (("app", "--skeleton", "0-1"), 2, ("--skeleton has no effect",)),
        (("app", "--precision", "fp16"), 2, ("linux-cpp has no fp16 models", "leave it out")),
        (("app", "--package", "org.birds"), 2, ("a project keeps its target",)),
        (("app", "--imgsz", "96"), 2, ("--imgsz needs another export", "--model")),
        (("app", "--precision", "int8"), 2, ("--precision needs another export",)),
        (("app", "--model", "exported", "--head", "raw"), 2, ("--head is for checkpoints",)),
        (("app", "--model", "nothing.pt"), 3, ("nothing.pt",)),
        (("app", "--metadata", "m.yaml"), 2, ("--metadata",)),
        (("app", "--calibration", "photos"), 2, ("--calibration needs another export",)),
    ],
)
def test_update_refuses_invalid_projects_and_options(
    app: Path, tmp_path: Path, arguments: tuple[str, ...], code: int, says: tuple[str, ...]
) -> None:
    """The message has the value and what to do."""
    (tmp_path / "strange").mkdir()
    (tmp_path / "strange" / "mine.txt").write_text("mine")
    rejects(code, tmp_path, "update", *arguments, "--no-verify", says=says)


def test_update_refuses_a_damaged_vectors_index(app: Path, tmp_path: Path) -> None:
    """Without the index, the vectors cannot be read. Deleted vectors stay deleted."""
    index = app / "vectors" / "index.json"
    whole = index.read_text()
    index.write_text(whole[:100])
    says = ("golden vectors", "restore app/vectors", "--model")
    rejects(3, tmp_path, "update", app, "--conf", 0.4, "--no-verify", says=says)
    for path in [*(app / "vectors").glob("*.bin"), index]:
        path.unlink()
    said = update("--conf", 0.4)
    assert said["files"]["updated"] == ["README.md", HEADER]
    assert [path.name for path in (app / "vectors").iterdir()] == ["README.md"]


def test_commands_refuse_a_project_of_a_newer_edgegen(app: Path, tmp_path: Path) -> None:
    """By its version, and by an unknown schema."""
    known = manifest.read(app)
    assert known is not None
    manifest.write(replace(known, versions={**known.versions, "edgegen": "99.0"}), app)
    for command in ("update", "status", "diff"):
        rejects(3, tmp_path, command, app, says=("was made by edgegen 99.0", "pip install --upgrade"))
    for words in (
        ("verify", app),
        ("inspect", app),
        ("report", app, "--output", "page.html"),
        ("new", "--model", app, "--target", "ios", "--output", "other"),
        ("new", "--model", "exported", "--target", "linux-cpp", "--output", app),
    ):
        rejects(3, tmp_path, *words, says=("was made by edgegen 99.0",))
    text = (app / ".edgegen.yml").read_text().replace("schema: 1", "schema: 2")
    (app / ".edgegen.yml").write_text(text)
    rejects(3, tmp_path, "update", app, says=("written by a newer edgegen", "pip install --upgrade"))


def test_update_refuses_a_damaged_base(app: Path, tmp_path: Path) -> None:
    """If the base is removed, the original files are rendered again."""
    (app / base_files.NAME).write_bytes(b"damaged")
    for command in ("update", "status", "diff"):
        rejects(3, tmp_path, command, app, says=("is damaged", "remove it"))
    (app / base_files.NAME).unlink()
    edit(HEADER, "#include", "// mine\n#include")
    assert update("--conf", 0.4)["files"]["merged"] == [HEADER]


def test_update_of_edited_files_exits_5_without_git(
    app: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A project without edits needs no git."""
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    update("--conf", 0.3)
    edit(HEADER, "#include", "// mine\n#include")
    says = ("git is missing", "install git")
    rejects(5, tmp_path, "update", app, "--conf", 0.4, "--no-verify", says=says)


def test_edit_during_an_update_is_not_lost(
    app: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exports and builds take minutes. The edit is found under the lock."""
    from edgegen.commands import update as module

    write = module._write_files

    def slow(folder: Path, *more: Any) -> None:
        write(folder, *more)
        edit(HEADER, "#include", "// meanwhile\n#include")

    monkeypatch.setattr(module, "_write_files", slow)
    answer = edgegen("update", app, "--conf", 0.4, "--no-verify")
    assert answer.code == 3
    assert f"{HEADER} was changed during the update" in answer.err
    assert "// meanwhile" in (app / HEADER).read_text()
    assert model_info(app)["kConfidence"] == "0.25"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["app", "exported"]


def test_full_disk_during_an_update_leaves_the_project_unchanged(
    app: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full at one of several moves."""
    real, left = exchange._move, 0

    def fail(source: Path, destination: Path) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(source, destination)

    monkeypatch.setattr(exchange, "_move", fail)
    for left in (1, 2, 5, 7, 8):  # noqa: B007 - `fail` counts it down
        says = ("No space left on device",)
        rejects(5, tmp_path, "update", app, "--conf", 0.4, "--no-verify", says=says)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the processes that are killed are forked")
@pytest.mark.parametrize("kills", [200, pytest.param(1000, marks=pytest.mark.nightly)])
def test_sigkill_during_an_update_leaves_the_old_or_the_new_project(app: Path, kills: int) -> None:
    """200 processes are enough for each moment of an exchange; the others are killed at random times."""
    edit(HEADER, "#include", "// mine\n#include")
    (app / "src" / "mine.cpp").write_text("int mine;\n")
    program = "tests.cli.killing_updates"
    said = json.loads(run_program(program, app.resolve(), kills, timeout=PATIENCE + kills))
    assert said["killed"] >= kills
    assert said["half"] > said["killed"] // 3  # were half exchanged, and then restored
    files = max(out for out, _ in said["between"])
    assert files > 3  # exchanged files that existed before
    steps = {(left, files) for left in range(files + 1)} | {(0, left) for left in range(files + 1)}
    assert {tuple(each) for each in said["between"]} == steps  # before and after each move
