"""Folders appear whole, keep what is not edgegen's, and come back when something fails."""

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
    """Write files and a manifest of them into a folder, as `project.build` does."""
    folder = root / "staged"
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    manifest.write(Manifest("linux-cpp", {}, {}, manifest.digests(folder, files)), folder)
    return folder


def make(folder: Path, files: dict[str, str], *, force: bool = False) -> None:
    placing.check_destination(folder, "linux-cpp", force=force)
    with staging(folder) as workspace, placing.together() as placement:
        placement.place(stage(workspace, files), folder, "linux-cpp", force=force)


def content(folder: Path) -> dict[str, str]:
    return {name: (folder / name).read_text() for name in manifest.relative_files(folder)}


def test_a_new_folder_appears_with_its_parents_and_nothing_beside_it(tmp_path: Path) -> None:
    """The staging folder is gone afterwards."""
    make(tmp_path / "deep" / "er" / "app", {"a.txt": "1", "src/b.txt": "2"})
    assert content(tmp_path / "deep" / "er" / "app") == {"a.txt": "1", "src/b.txt": "2"}
    assert [path.name for path in (tmp_path / "deep" / "er").iterdir()] == ["app"]


def test_an_unedited_project_is_replaced_and_its_stale_files_go(tmp_path: Path) -> None:
    """Files that the new project lacks are removed, with the folders they leave empty."""
    make(tmp_path / "app", {"a.txt": "1", "old/b.txt": "2"})
    make(tmp_path / "app", {"a.txt": "3"})
    assert content(tmp_path / "app") == {"a.txt": "3"}
    assert not (tmp_path / "app" / "old").exists()


def test_the_users_own_files_stay(tmp_path: Path) -> None:
    """A `.git`, notes and build results are neither an obstacle nor touched."""
    make(tmp_path / "app", {"src/a.txt": "1"})
    (tmp_path / "app" / ".git").mkdir()
    (tmp_path / "app" / ".git" / "HEAD").write_text("ref")
    (tmp_path / "app" / "src" / "mine.txt").write_text("mine")
    make(tmp_path / "app", {"src/a.txt": "2"})
    assert content(tmp_path / "app") == {".git/HEAD": "ref", "src/a.txt": "2", "src/mine.txt": "mine"}


@pytest.mark.parametrize("edit", ["change", "delete"])
def test_an_edited_project_is_refused_by_name_and_left_alone(tmp_path: Path, edit: str) -> None:
    """A changed and a deleted file both count as the user's edits; --force overwrites them."""
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


def test_a_folder_of_somebody_else_is_refused_and_forced_it_keeps_the_rest(tmp_path: Path) -> None:
    """--force writes into a foreign folder, but deletes nothing in it."""
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_text("cat")
    with pytest.raises(InputError, match=r"edgegen did not make it \(it holds cat\.jpg\)"):
        make(tmp_path / "photos", {"a.txt": "1"})
    make(tmp_path / "photos", {"a.txt": "1"}, force=True)
    assert content(tmp_path / "photos") == {"a.txt": "1", "cat.jpg": "cat"}


def test_a_file_of_the_users_own_in_the_way_is_not_overwritten(tmp_path: Path) -> None:
    """The new project has a file where the user put one that was never ours."""
    make(tmp_path / "app", {"a.txt": "1"})
    (tmp_path / "app" / "b.txt").write_text("mine")
    with pytest.raises(InputError, match=r"files of your own.*b\.txt"):
        make(tmp_path / "app", {"a.txt": "2", "b.txt": "2"})
    assert content(tmp_path / "app") == {"a.txt": "1", "b.txt": "mine"}


def test_an_empty_folder_is_welcome(tmp_path: Path) -> None:
    """Even when it is the current one."""
    (tmp_path / "app").mkdir()
    make(tmp_path / "app", {"a.txt": "1"})
    assert content(tmp_path / "app") == {"a.txt": "1"}


@pytest.mark.parametrize("path", ["file", "file/below/it"])
def test_a_file_cannot_be_an_output_folder(tmp_path: Path, path: str) -> None:
    """Nor can anything below it."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="is a file"):
        make(tmp_path / path, {"a.txt": "1"}, force=True)
    assert (tmp_path / "file").read_text() == "x"


def test_a_link_that_leads_nowhere_is_refused(tmp_path: Path) -> None:
    """Renaming onto it would replace the link."""
    (tmp_path / "link").symlink_to(tmp_path / "gone")
    with pytest.raises(InputError, match="leads nowhere"):
        make(tmp_path / "link", {"a.txt": "1"})


def test_a_damaged_manifest_is_an_input_error(tmp_path: Path) -> None:
    """Without it nobody can tell the user's edits, so the folder stays as it is."""
    make(tmp_path / "app", {"a.txt": "1"})
    for text in ("{", "- 1", "schema: 1", "schema: 2\ntarget: x", "\xff", "schema: 1\nfiles: {../x: y}"):
        (tmp_path / "app" / manifest.NAME).write_text(text, encoding="latin-1")
        with pytest.raises(InputError, match=r"\.edgegen\.yml"):
            make(tmp_path / "app", {"a.txt": "2"})
        assert (tmp_path / "app" / "a.txt").read_text() == "1"


def test_a_manifest_cannot_reach_outside_its_project(tmp_path: Path) -> None:
    """A manifest comes with a project from anywhere; its paths must stay inside."""
    for name in ("../outside", "/etc/passwd", "a/../../b", "..\\b"):
        sound = Manifest("linux-cpp", {}, {}, {name: "0"})
        manifest.write(sound, tmp_path)
        with pytest.raises(InputError):
            manifest.read(tmp_path)


def test_a_failing_move_puts_everything_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk says no in the middle of the exchange: the old project is whole, and the cause is named."""
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


def test_ctrl_c_waits_for_the_exchange(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The signal is seen, but only once the new project stands."""
    make(tmp_path / "app", {"a.txt": "1", "b.txt": "2"})
    real = Path.rename

    def rename(self: Path, target: Path) -> Path:
        os.kill(os.getpid(), signal.SIGINT)
        return real(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(KeyboardInterrupt):
        make(tmp_path / "app", {"a.txt": "3", "b.txt": "4"})
    assert content(tmp_path / "app") == {"a.txt": "3", "b.txt": "4"}


def test_parents_that_were_made_go_again_when_nothing_came_of_it(tmp_path: Path) -> None:
    """A failed export leaves no empty folders behind."""
    with pytest.raises(InputError), staging(tmp_path / "a" / "b" / "app"):
        raise InputError("no")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder that nobody may write to")
def test_a_place_where_nothing_can_be_written_is_a_render_error() -> None:
    """The message says which folder; not even root may make one below /proc."""
    with pytest.raises(RenderError, match="cannot write to /proc/edgegen/app"):
        make(Path("/proc/edgegen/app"), {"a.txt": "1"})


def refuse(monkeypatch: pytest.MonkeyPatch, forward: str, back: tuple[str, ...]) -> None:
    """Let moving one new file into place fail, and moving some of the old ones back: a scanner holds them."""
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


def test_files_that_cannot_be_put_back_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All others come back, the message says where the rest is, and the next command puts it back."""
    files = {"a.txt": "1", "b.txt": "2", "c.txt": "3", "d.txt": "4"}
    make(tmp_path / "app", files)
    with monkeypatch.context() as patch:
        refuse(patch, "c.txt", ("b.txt", "d.txt"))
        with pytest.raises(
            RenderError, match=r"b\.txt and 1 more cannot be put back: it is in use"
        ) as caught:
            make(tmp_path / "app", dict.fromkeys((*files, "e.txt"), "new"))
    old = tmp_path / "app" / exchange.ASIDE / exchange.OLD
    assert str(old) in caught.value.message
    assert {path.name: path.read_text() for path in old.iterdir()} == {"b.txt": "2", "d.txt": "4"}
    assert [(tmp_path / "app" / name).read_text() for name in ("a.txt", "c.txt")] == ["1", "3"]

    placing.check_destination(tmp_path / "app", "linux-cpp", force=False)
    assert content(tmp_path / "app") == files
    assert [path.name for path in tmp_path.iterdir()] == ["app"]


def test_of_several_folders_all_are_placed_or_none(tmp_path: Path) -> None:
    """The third one cannot be: the first, which is new, goes again, and the second is as it was."""
    make(tmp_path / "b", {"a.txt": "1", "old.txt": "1"})
    before = content(tmp_path / "b")
    staged = {name: stage(tmp_path / f"for {name}", {"a.txt": "2", "new/b.txt": "2"}) for name in "abc"}
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "mine.txt").write_text("mine")

    def place_all(*, force: bool) -> None:
        with placing.together() as placement:
            for name in "abc":
                placement.place(staged[name], tmp_path / name, "linux-cpp", force=force)

    with pytest.raises(InputError, match="edgegen did not make it"):
        place_all(force=False)
    assert not (tmp_path / "a").exists()
    assert content(tmp_path / "b") == before
    assert sorted(path.name for path in (tmp_path / "b").iterdir()) == [manifest.NAME, "a.txt", "old.txt"]
    assert content(tmp_path / "c") == {"mine.txt": "mine"}


def test_an_edit_made_before_a_killed_exchange_was_mended_stays(tmp_path: Path) -> None:
    """The folder looked complete, and its owner went on: the file keeps the edit under another name."""
    make(tmp_path / "app", {"a.txt": "old", "b.txt": "old"})
    staged = stage(tmp_path / "staged", {"a.txt": "new", "b.txt": "new"})
    names = {"a.txt", "b.txt", manifest.NAME}
    with exchange.locked(tmp_path / "app"):
        exchange.exchange(staged, tmp_path / "app", names, names)  # and killed before it was kept
    (tmp_path / "app" / "a.txt").write_text("edited")
    exchange.mend(tmp_path / "app")
    assert content(tmp_path / "app") == {"a.txt": "old", "b.txt": "old", "a.txt.edited": "edited"}


def test_a_file_made_where_a_killed_exchange_took_one_away_stays(tmp_path: Path) -> None:
    """Nothing came in its place: what stands there is its owner's, as is what they called so before."""
    make(tmp_path / "app", {"a.txt": "old", "b.txt": "old", "a.txt.edited": "mine"})
    staged = stage(tmp_path / "staged", {"b.txt": "new"})
    with exchange.locked(tmp_path / "app"):
        exchange.exchange(staged, tmp_path / "app", {"a.txt", "b.txt"}, {"b.txt"})  # and killed
    (tmp_path / "app" / "a.txt").write_text("made since")
    exchange.mend(tmp_path / "app")
    kept = {"a.txt.edited": "mine", "a.txt.edited.2": "made since"}
    assert content(tmp_path / "app") == {"a.txt": "old", "b.txt": "old", **kept}


def test_no_exchange_takes_files_where_exchanges_are_kept(tmp_path: Path) -> None:
    """Whatever names them: a plan there would decide what becomes of all others. No manifest lists any."""
    name = f"{exchange.ASIDE}/plan.json"
    make(tmp_path / "app", {"a.txt": "1"})
    staged = stage(tmp_path / "staged", {name: "{}"})
    with exchange.locked(tmp_path / "app"), pytest.raises(RenderError, match=r"plan\.json is no name"):
        exchange.exchange(staged, tmp_path / "app", {"a.txt"}, {name})
    assert content(tmp_path / "app") == {"a.txt": "1"}
    text = (tmp_path / "app" / manifest.NAME).read_text()
    (tmp_path / "app" / manifest.NAME).write_text(text.replace("a.txt:", f"{name}:"))
    with pytest.raises(InputError, match="is not what edgegen writes"):
        manifest.read(tmp_path / "app")


def test_what_an_earlier_run_left_and_cannot_go_is_named(tmp_path: Path) -> None:
    """Before anything is made, with what to do."""
    make(tmp_path / "app", {"a.txt": "1"})
    (tmp_path / "app" / exchange.ASIDE).write_text("a file")
    with pytest.raises(RenderError, match="is left from an earlier run") as caught:
        placing.check_destination(tmp_path / "app", "linux-cpp", force=True)
    assert caught.value.hint.startswith("remove")


@pytest.mark.skipif(not os.path.ismount(SECOND_DISK), reason="there is no second disk here")
def test_the_folder_may_be_a_link_to_another_disk(tmp_path: Path) -> None:
    """What is made for it is made there."""
    with tempfile.TemporaryDirectory(dir=SECOND_DISK) as other:
        (tmp_path / "app").symlink_to(other)
        for text in ("1", "2"):
            make(tmp_path / "app", {"a.txt": text})
            assert content(Path(other)) == {"a.txt": text}


@pytest.mark.full
@pytest.mark.skipif(not hasattr(os, "fork"), reason="the processes that are killed are forked")
def test_kill_9_leaves_a_project_that_the_next_command_makes_whole(tmp_path: Path) -> None:
    """At every write in turn, and at random moments: afterwards it is one of two projects, all of it."""
    script = Path(__file__).with_name("killing.py")
    ran = subprocess.run([sys.executable, script, tmp_path], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert int(ran.stdout) > 10  # were found half-way, and mended
    assert [path.name for path in (tmp_path / "app").glob(".edgegen-*")] == []


@pytest.mark.parametrize("content", ["{", "[]", '{"moved": ["../../a.txt"], "added": {}}', '{"moved": [1]}'])
def test_a_plan_that_is_none_of_ours_moves_nothing(tmp_path: Path, content: str) -> None:
    """A folder comes from anywhere: what it says of an exchange must not reach out of it."""
    make(tmp_path / "app", {"a.txt": "1"})
    old = tmp_path / "app" / exchange.ASIDE / exchange.OLD
    old.mkdir(parents=True)
    (old / "b.txt").write_text("mine")
    (tmp_path / "app" / exchange.ASIDE / exchange.PLAN).write_text(content)
    with pytest.raises(RenderError, match="is not what edgegen writes"):
        make(tmp_path / "app", {"a.txt": "2"})
    (tmp_path / "app" / exchange.ASIDE / exchange.PLAN).unlink()
    with pytest.raises(RenderError, match="no plan of where they go"):
        make(tmp_path / "app", {"a.txt": "2"})
    assert (old / "b.txt").read_text() == "mine"
    assert (tmp_path / "app" / "a.txt").read_text() == "1"


def test_what_pretending_finds_is_what_placing_finds(tmp_path: Path) -> None:
    """A file of the user's own in the way is refused, and not said to be overwritten."""
    make(tmp_path / "app", {"a.txt": "1"})
    (tmp_path / "app" / "b.txt").write_text("mine")
    staged = stage(tmp_path, {"a.txt": "2", "b.txt": "2"})
    with pytest.raises(InputError, match=r"files of your own.*b\.txt"):
        placing.foreseen(staged, tmp_path / "app", "linux-cpp", force=False)
    assert placing.foreseen(staged, tmp_path / "app", "linux-cpp", force=True).lost == ("b.txt",)
