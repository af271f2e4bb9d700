"""Placing a project: what it replaces, what it keeps of the user's, and what it rejects."""

import os
import tempfile
from pathlib import Path

import pytest

from edgegen.base.errors import InputError, RenderError
from edgegen.base.staging import staging
from edgegen.project import manifest, placing
from edgegen.project.manifest import Manifest
from tests.helpers.support import snapshot
from tests.python.project.placements import content, make, place, write_project

SECOND_DISK = Path("/dev", "shm")


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


def test_failure_removes_the_parent_folders_it_created(tmp_path: Path) -> None:
    with pytest.raises(InputError), staging(tmp_path / "a" / "b" / "app"):
        raise InputError("no")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder that is never writable")
def test_unwritable_output_is_a_render_error_with_its_path() -> None:
    """Not even root can create a folder in /proc."""
    with pytest.raises(RenderError, match="cannot write to /proc/edgegen/app"):
        make(Path("/proc/edgegen/app"), {"a.txt": "1"})


def test_several_projects_are_placed_together_or_not_at_all(tmp_path: Path) -> None:
    """The third one fails: the first, a new one, is removed, and the second is restored."""
    make(tmp_path / "b", {"a.txt": "1", "old.txt": "1"})
    before = content(tmp_path / "b")
    staged = {
        name: write_project(tmp_path / f"for {name}", {"a.txt": "2", "new/b.txt": "2"}) for name in "abc"
    }
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "mine.txt").write_text("mine")

    with (
        pytest.raises(InputError, match="edgegen did not make it"),
        placing.transaction() as placement,
    ):
        for name in "abc":
            placement.place(staged[name], tmp_path / name, "linux-cpp", force=False)
    assert not (tmp_path / "a").exists()
    assert content(tmp_path / "b") == before
    assert sorted(path.name for path in (tmp_path / "b").iterdir()) == [manifest.NAME, "a.txt", "old.txt"]
    assert content(tmp_path / "c") == {"mine.txt": "mine"}


@pytest.mark.skipif(not os.path.ismount(SECOND_DISK), reason="needs a second file system")
def test_output_may_be_a_link_to_another_disk(tmp_path: Path) -> None:
    """The staging folder is on that disk, too."""
    with tempfile.TemporaryDirectory(dir=SECOND_DISK) as other:
        (tmp_path / "app").symlink_to(other)
        for text in ("1", "2"):
            make(tmp_path / "app", {"a.txt": text})
            assert content(Path(other)) == {"a.txt": text}


def test_predict_edits_rejects_what_placing_rejects(tmp_path: Path) -> None:
    """The user's file must not be listed as overwritten."""
    make(tmp_path / "app", {"a.txt": "1"})
    (tmp_path / "app" / "b.txt").write_text("mine")
    staged = write_project(tmp_path / "staged", {"a.txt": "2", "b.txt": "2"})
    with pytest.raises(InputError, match=r"your own files.*b\.txt"):
        placing.predict_edits(staged, tmp_path / "app", "linux-cpp", force=False)
    assert placing.predict_edits(staged, tmp_path / "app", "linux-cpp", force=True).lost == ("b.txt",)


def test_force_replaces_a_project_with_a_damaged_manifest(tmp_path: Path) -> None:
    """The error message names --force as the way out."""
    folder, staged = tmp_path / "app", write_project(tmp_path / "staged", {"a.txt": "1"})
    folder.mkdir()
    (folder / manifest.NAME).write_text("{")
    (folder / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match=r"\.edgegen\.yml is not valid YAML"):
        place(staged, folder, force=False)
    place(staged, folder, force=True)
    assert manifest.read(folder) is not None
    assert content(folder) == {"a.txt": "1", "mine.txt": "mine"}


def test_edit_during_the_export_is_not_overwritten(tmp_path: Path) -> None:
    """Edits are checked again directly before the exchange."""
    folder = write_project(tmp_path / "app", {"a.txt": "1"})
    placing.check_destination(folder, "linux-cpp", force=False)
    (folder / "a.txt").write_text("mine")
    with pytest.raises(InputError, match=r"was edited: a\.txt"):
        place(write_project(tmp_path / "staged", {"a.txt": "2"}), folder, force=False)
    assert (folder / "a.txt").read_text() == "mine"


@pytest.mark.parametrize("theirs", ["src/a.cpp/mine.txt", "src"])
def test_force_does_not_replace_a_folder_by_a_file_or_a_file_by_a_folder(tmp_path: Path, theirs: str) -> None:
    path = tmp_path / "app" / theirs
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    staged = write_project(tmp_path / "staged", {"src/a.cpp": "1"})
    before = snapshot(tmp_path)
    with pytest.raises(InputError, match="a folder has the name of a project file"):
        place(staged, tmp_path / "app", force=True)
    assert snapshot(tmp_path) == before
