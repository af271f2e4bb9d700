"""Placing a project: it appears as a whole, keeps other files, and is restored after a failure."""

import errno
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from edgegen.base.errors import InputError, RenderError
from edgegen.base.staging import staging
from edgegen.project import exchange, manifest, placing
from edgegen.project.manifest import Manifest

SECOND_DISK = Path("/dev", "shm")


def stage(root: Path, files: dict[str, str]) -> Path:
    """Write files and their manifest into a folder, as `project.build` does."""
    folder = root / "staged"
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    manifest.write(Manifest("linux-cpp", {}, {}, manifest.digests(folder, files)), folder)
    return folder


def make(folder: Path, files: dict[str, str], *, force: bool = False) -> None:
    placing.check_destination(folder, "linux-cpp", force=force)
    with staging(folder) as workspace, placing.transaction() as placement:
        placement.place(stage(workspace, files), folder, "linux-cpp", force=force)


def content(folder: Path) -> dict[str, str]:
    return {name: (folder / name).read_text() for name in manifest.relative_files(folder)}


def test_new_project_creates_its_parent_folders_and_leaves_no_staging_folder(tmp_path: Path) -> None:
    make(tmp_path / "deep" / "er" / "app", {"a.txt": "1", "src/b.txt": "2"})
    assert content(tmp_path / "deep" / "er" / "app") == {"a.txt": "1", "src/b.txt": "2"}
    assert [path.name for path in (tmp_path / "deep" / "er").iterdir()] == ["app"]


def test_unedited_project_is_replaced_and_its_stale_files_are_removed(tmp_path: Path) -> None:
    """With the folders that become empty."""
    make(tmp_path / "app", {"a.txt": "1", "old/b.txt": "2"})
    make(tmp_path / "app", {"a.txt": "3"})
    assert content(tmp_path / "app") == {"a.txt": "3"}
    assert not (tmp_path / "app" / "old").exists()


def test_replacing_a_project_keeps_the_users_files(tmp_path: Path) -> None:
    """For example `.git`, notes and build results."""
    make(tmp_path / "app", {"src/a.txt": "1"})
    (tmp_path / "app" / ".git").mkdir()
    (tmp_path / "app" / ".git" / "HEAD").write_text("ref")
    (tmp_path / "app" / "src" / "mine.txt").write_text("mine")
    make(tmp_path / "app", {"src/a.txt": "2"})
    assert content(tmp_path / "app") == {".git/HEAD": "ref", "src/a.txt": "2", "src/mine.txt": "mine"}


@pytest.mark.parametrize("edit", ["change", "delete"])
def test_edited_project_is_rejected_unless_forced(tmp_path: Path, edit: str) -> None:
    """Changed and deleted files count as edits."""
    make(tmp_path / "app", {"a.txt": "1", "b.txt": "2"})
    if edit == "change":
        (tmp_path / "app" / "b.txt").write_text("mine")
    else:
        (tmp_path / "app" / "b.txt").unlink()
    before = content(tmp_path / "app")
    with pytest.raises(InputError, match=r"was edited: b\.txt"):
        make(tmp_path / "app", {"a.txt": "3", "b.txt": "4"})
    assert content(tmp_path / "app") == before
    make(tmp_path / "app", {"a.txt": "3", "b.txt": "4"}, force=True)
    assert content(tmp_path / "app") == {"a.txt": "3", "b.txt": "4"}


def test_foreign_folder_is_rejected_and_keeps_its_files_if_forced(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_text("cat")
    with pytest.raises(InputError, match=r"edgegen did not make it \(it contains cat\.jpg\)"):
        make(tmp_path / "photos", {"a.txt": "1"})
    make(tmp_path / "photos", {"a.txt": "1"}, force=True)
    assert content(tmp_path / "photos") == {"a.txt": "1", "cat.jpg": "cat"}


def test_users_file_with_the_name_of_a_new_file_is_not_overwritten(tmp_path: Path) -> None:
    make(tmp_path / "app", {"a.txt": "1"})
    (tmp_path / "app" / "b.txt").write_text("mine")
    with pytest.raises(InputError, match=r"your own files.*b\.txt"):
        make(tmp_path / "app", {"a.txt": "2", "b.txt": "2"})
    assert content(tmp_path / "app") == {"a.txt": "1", "b.txt": "mine"}


def test_empty_folder_is_accepted(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    make(tmp_path / "app", {"a.txt": "1"})
    assert content(tmp_path / "app") == {"a.txt": "1"}


@pytest.mark.parametrize("path", ["file", "file/below/it"])
def test_output_that_is_a_file_or_below_a_file_is_rejected(tmp_path: Path, path: str) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="is a file"):
        make(tmp_path / path, {"a.txt": "1"}, force=True)
    assert (tmp_path / "file").read_text() == "x"


def test_output_that_is_a_dangling_link_is_rejected(tmp_path: Path) -> None:
    """A rename would replace the link."""
    (tmp_path / "link").symlink_to(tmp_path / "gone")
    with pytest.raises(InputError, match="leads nowhere"):
        make(tmp_path / "link", {"a.txt": "1"})


def test_project_with_a_damaged_manifest_is_rejected(tmp_path: Path) -> None:
    """Without the manifest the user's edits are unknown."""
    make(tmp_path / "app", {"a.txt": "1"})
    for text in ("{", "- 1", "schema: 1", "schema: 2\ntarget: x", "\xff", "schema: 1\nfiles: {../x: y}"):
        (tmp_path / "app" / manifest.NAME).write_text(text, encoding="latin-1")
        with pytest.raises(InputError, match=r"\.edgegen\.yml"):
            make(tmp_path / "app", {"a.txt": "2"})
        assert (tmp_path / "app" / "a.txt").read_text() == "1"


def test_manifest_with_an_outside_path_is_rejected(tmp_path: Path) -> None:
    """A manifest is untrusted."""
    for name in ("../outside", "/etc/passwd", "a/../../b", "..\\b"):
        sound = Manifest("linux-cpp", {}, {}, {name: "0"})
        manifest.write(sound, tmp_path)
        with pytest.raises(InputError):
            manifest.read(tmp_path)


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


def test_interrupt_is_raised_after_the_exchange_is_complete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path / "app", {"a.txt": "1", "b.txt": "2"})
    real = Path.rename

    def rename(self: Path, target: Path) -> Path:
        os.kill(os.getpid(), signal.SIGINT)
        return real(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(KeyboardInterrupt):
        make(tmp_path / "app", {"a.txt": "3", "b.txt": "4"})
    assert content(tmp_path / "app") == {"a.txt": "3", "b.txt": "4"}


def test_failure_removes_the_parent_folders_it_created(tmp_path: Path) -> None:
    with pytest.raises(InputError), staging(tmp_path / "a" / "b" / "app"):
        raise InputError("no")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder that is never writable")
def test_unwritable_output_is_a_render_error_with_its_path() -> None:
    """Not even root can create a folder in /proc."""
    with pytest.raises(RenderError, match="cannot write to /proc/edgegen/app"):
        make(Path("/proc/edgegen/app"), {"a.txt": "1"})


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


def test_several_projects_are_placed_together_or_not_at_all(tmp_path: Path) -> None:
    """The third one fails: the first, a new one, is removed, and the second is restored."""
    make(tmp_path / "b", {"a.txt": "1", "old.txt": "1"})
    before = content(tmp_path / "b")
    staged = {name: stage(tmp_path / f"for {name}", {"a.txt": "2", "new/b.txt": "2"}) for name in "abc"}
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "mine.txt").write_text("mine")

    def place_all(*, force: bool) -> None:
        with placing.transaction() as placement:
            for name in "abc":
                placement.place(staged[name], tmp_path / name, "linux-cpp", force=force)

    with pytest.raises(InputError, match="edgegen did not make it"):
        place_all(force=False)
    assert not (tmp_path / "a").exists()
    assert content(tmp_path / "b") == before
    assert sorted(path.name for path in (tmp_path / "b").iterdir()) == [manifest.NAME, "a.txt", "old.txt"]
    assert content(tmp_path / "c") == {"mine.txt": "mine"}


def test_edit_after_a_killed_exchange_is_kept_under_another_name(tmp_path: Path) -> None:
    """The folder looked complete, so the owner continued to work in it."""
    make(tmp_path / "app", {"a.txt": "old", "b.txt": "old"})
    staged = stage(tmp_path / "staged", {"a.txt": "new", "b.txt": "new"})
    names = {"a.txt", "b.txt", manifest.NAME}
    with exchange.locked(tmp_path / "app"):
        exchange.exchange(staged, tmp_path / "app", names, names)  # and killed before it was confirmed
    (tmp_path / "app" / "a.txt").write_text("edited")
    exchange.recover(tmp_path / "app")
    assert content(tmp_path / "app") == {"a.txt": "old", "b.txt": "old", "a.txt.edited": "edited"}


def test_file_created_after_a_killed_exchange_is_kept_under_another_name(tmp_path: Path) -> None:
    """An existing file `.edited` of the owner is kept, too."""
    make(tmp_path / "app", {"a.txt": "old", "b.txt": "old", "a.txt.edited": "mine"})
    staged = stage(tmp_path / "staged", {"b.txt": "new"})
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
    staged = stage(tmp_path / "staged", {name: "{}"})
    with exchange.locked(tmp_path / "app"), pytest.raises(RenderError, match=r"plan\.json is no name"):
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


@pytest.mark.skipif(not os.path.ismount(SECOND_DISK), reason="needs a second file system")
def test_output_may_be_a_link_to_another_disk(tmp_path: Path) -> None:
    """The staging folder is on that disk, too."""
    with tempfile.TemporaryDirectory(dir=SECOND_DISK) as other:
        (tmp_path / "app").symlink_to(other)
        for text in ("1", "2"):
            make(tmp_path / "app", {"a.txt": text})
            assert content(Path(other)) == {"a.txt": text}


@pytest.mark.full
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_project_is_restored_after_kill_9_at_any_write(tmp_path: Path) -> None:
    """At every write in turn, and at random moments: it is always one of the two projects."""
    script = Path(__file__).with_name("killing.py")
    ran = subprocess.run([sys.executable, script, tmp_path], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert int(ran.stdout) > 10  # were half-written, and restored
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
    with pytest.raises(RenderError, match="no plan of their places"):
        make(tmp_path / "app", {"a.txt": "2"})
    assert (old / "b.txt").read_text() == "mine"
    assert (tmp_path / "app" / "a.txt").read_text() == "1"


def test_predict_edits_rejects_what_placing_rejects(tmp_path: Path) -> None:
    """The user's file must not be listed as overwritten."""
    make(tmp_path / "app", {"a.txt": "1"})
    (tmp_path / "app" / "b.txt").write_text("mine")
    staged = stage(tmp_path, {"a.txt": "2", "b.txt": "2"})
    with pytest.raises(InputError, match=r"your own files.*b\.txt"):
        placing.predict_edits(staged, tmp_path / "app", "linux-cpp", force=False)
    assert placing.predict_edits(staged, tmp_path / "app", "linux-cpp", force=True).lost == ("b.txt",)
