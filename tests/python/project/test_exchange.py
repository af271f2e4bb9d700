"""Exchanging a project's files: as a whole, also after a failure, a signal or `kill -9`."""

import errno
import os
import signal
from pathlib import Path

import pytest

from edgegen.base.errors import InputError, RenderError
from edgegen.project import exchange, manifest, placing
from tests.helpers.killed import run_program
from tests.helpers.support import keep_signal_handlers
from tests.python.project.placements import content, make, write_project


def test_failed_rename_restores_the_old_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fifth rename fails; the message has the cause."""
    make(tmp_path / "app", {"a.txt": "1", "b/c.txt": "2", "d.txt": "3"})
    real, calls = Path.rename, []

    def rename(self: Path, target: Path) -> Path:
        calls.append(self)
        if len(calls) == 5:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target))
        return real(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(RenderError, match="No space left on device"):
        make(tmp_path / "app", {"a.txt": "4", "b/c.txt": "5", "e.txt": "6"})
    assert content(tmp_path / "app") == {"a.txt": "1", "b/c.txt": "2", "d.txt": "3"}
    assert [path.name for path in tmp_path.iterdir()] == ["app"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_is_raised_after_the_exchange_is_complete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    make(tmp_path / "app", {"a.txt": "1", "b.txt": "2"})
    real = Path.rename

    def rename(self: Path, target: Path) -> Path:
        os.kill(os.getpid(), number)
        return real(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    with keep_signal_handlers():
        signal.signal(number, signal.default_int_handler)
        with pytest.raises(KeyboardInterrupt):
            make(tmp_path / "app", {"a.txt": "3", "b.txt": "4"})
    assert content(tmp_path / "app") == {"a.txt": "3", "b.txt": "4"}


def refuse(monkeypatch: pytest.MonkeyPatch, forward: str, back: tuple[str, ...]) -> None:
    """Make moving one new file fail, and moving some old files back, as if another program held them open."""
    rename, replace = Path.rename, Path.replace

    def moved(self: Path, target: Path) -> Path:
        if self.name == forward and self.parent.name == "staged":
            raise PermissionError(errno.EACCES, "it is in use", str(target))
        return rename(self, target)

    def replaced(self: Path, target: Path) -> Path:
        if self.name in back and self.parent.name == exchange.OLD:
            raise PermissionError(errno.EACCES, "it is in use", str(target))
        return replace(self, target)

    monkeypatch.setattr(Path, "rename", moved)
    monkeypatch.setattr(Path, "replace", replaced)


def test_files_that_cannot_be_restored_are_kept_for_the_next_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message says where they are."""
    files = {"a.txt": "1", "b.txt": "2", "c.txt": "3", "d.txt": "4"}
    make(tmp_path / "app", files)
    with monkeypatch.context() as patch:
        refuse(patch, "c.txt", ("b.txt", "d.txt"))
        with pytest.raises(
            RenderError, match=r"b\.txt and 1 more cannot be put back: it is in use"
        ) as caught:
            make(tmp_path / "app", dict.fromkeys((*files, "e.txt"), "new"))
    old = tmp_path / "app" / exchange.FOLDER / exchange.OLD
    assert str(old) in caught.value.message
    assert {path.name: path.read_text() for path in old.iterdir()} == {"b.txt": "2", "d.txt": "4"}
    assert [(tmp_path / "app" / name).read_text() for name in ("a.txt", "c.txt")] == ["1", "3"]

    placing.check_destination(tmp_path / "app", "linux-cpp", force=False)
    assert content(tmp_path / "app") == files
    assert [path.name for path in tmp_path.iterdir()] == ["app"]


def test_edit_after_a_killed_exchange_is_kept_under_another_name(tmp_path: Path) -> None:
    """The folder looked complete, so the owner continued to work in it."""
    make(tmp_path / "app", {"a.txt": "old", "b.txt": "old"})
    staged = write_project(tmp_path / "staged", {"a.txt": "new", "b.txt": "new"})
    names = {"a.txt", "b.txt", manifest.NAME}
    with exchange.locked(tmp_path / "app"):
        exchange.exchange(staged, tmp_path / "app", names, names)  # and killed before it was confirmed
    (tmp_path / "app" / "a.txt").write_text("edited")
    exchange.recover(tmp_path / "app")
    assert content(tmp_path / "app") == {"a.txt": "old", "b.txt": "old", "a.txt.edited": "edited"}


def test_file_created_after_a_killed_exchange_is_kept_under_another_name(tmp_path: Path) -> None:
    """An existing file `.edited` of the owner is kept, too."""
    make(tmp_path / "app", {"a.txt": "old", "b.txt": "old", "a.txt.edited": "mine"})
    staged = write_project(tmp_path / "staged", {"b.txt": "new"})
    with exchange.locked(tmp_path / "app"):
        exchange.exchange(staged, tmp_path / "app", {"a.txt", "b.txt"}, {"b.txt"})  # and killed
    (tmp_path / "app" / "a.txt").write_text("made since")
    exchange.recover(tmp_path / "app")
    kept = {"a.txt.edited": "mine", "a.txt.edited.2": "made since"}
    assert content(tmp_path / "app") == {"a.txt": "old", "b.txt": "old", **kept}


def test_exchange_and_manifest_reject_files_in_the_exchange_folder(tmp_path: Path) -> None:
    """A file there could act as the plan of an exchange."""
    name = f"{exchange.FOLDER}/plan.json"
    make(tmp_path / "app", {"a.txt": "1"})
    staged = write_project(tmp_path / "staged", {name: "{}"})
    with (
        exchange.locked(tmp_path / "app"),
        pytest.raises(RenderError, match=r"plan\.json is not a valid file name"),
    ):
        exchange.exchange(staged, tmp_path / "app", {"a.txt"}, {name})
    assert content(tmp_path / "app") == {"a.txt": "1"}
    text = (tmp_path / "app" / manifest.NAME).read_text()
    (tmp_path / "app" / manifest.NAME).write_text(text.replace("a.txt:", f"{name}:"))
    with pytest.raises(InputError, match="is not what edgegen writes"):
        manifest.read(tmp_path / "app")


def test_obstacle_left_by_an_earlier_run_is_named_with_a_hint(tmp_path: Path) -> None:
    """Before any file is written."""
    make(tmp_path / "app", {"a.txt": "1"})
    (tmp_path / "app" / exchange.FOLDER).write_text("a file")
    with pytest.raises(RenderError, match="is left from an earlier run") as caught:
        placing.check_destination(tmp_path / "app", "linux-cpp", force=True)
    assert caught.value.hint.startswith("remove")


@pytest.mark.full
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_project_is_restored_after_kill_9_at_any_write(tmp_path: Path) -> None:
    """At every write in turn, and at random moments: it is always one of the two projects."""
    assert int(run_program("tests.python.project.killing", tmp_path)) > 10  # were half-written, and restored
    assert [path.name for path in (tmp_path / "app").glob(".edgegen-*")] == []


@pytest.mark.parametrize("content", ["{", "[]", '{"moved": ["../../a.txt"], "added": {}}', '{"moved": [1]}'])
def test_invalid_plan_of_an_exchange_moves_no_file(tmp_path: Path, content: str) -> None:
    """A folder is untrusted: its plan must not reach outside."""
    make(tmp_path / "app", {"a.txt": "1"})
    old = tmp_path / "app" / exchange.FOLDER / exchange.OLD
    old.mkdir(parents=True)
    (old / "b.txt").write_text("mine")
    (tmp_path / "app" / exchange.FOLDER / exchange.PLAN).write_text(content)
    with pytest.raises(RenderError, match="is not what edgegen writes"):
        make(tmp_path / "app", {"a.txt": "2"})
    (tmp_path / "app" / exchange.FOLDER / exchange.PLAN).unlink()
    with pytest.raises(RenderError, match="no list of their places"):
        make(tmp_path / "app", {"a.txt": "2"})
    assert (old / "b.txt").read_text() == "mine"
    assert (tmp_path / "app" / "a.txt").read_text() == "1"
