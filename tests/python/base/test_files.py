"""Removing a folder with its contents, and exclusive use of a folder."""

import os
import threading
from pathlib import Path

import pytest

from edgegen.base.files import exclusive_lock, remove_tree
from tests.helpers.support import as_a_user


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_remove_tree_deletes_read_only_folders_and_keeps_link_targets(tmp_path: Path) -> None:
    """At any depth, also a folder without any permission."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.txt").write_text("mine")
    (tmp_path / "mine").chmod(0o555)
    deep = tmp_path / "copy" / "a" / "b"
    deep.mkdir(parents=True)
    (deep / "c.txt").write_text("copy")
    (deep / "link").symlink_to(tmp_path / "mine")
    for folder, mode in ((deep, 0o555), (deep.parent, 0o000)):
        folder.chmod(mode)
    program = "import pathlib, edgegen.base.files as files; files.remove_tree(pathlib.Path('copy'))"
    as_a_user(program, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    assert (tmp_path / "mine").stat().st_mode & 0o777 == 0o555
    assert (tmp_path / "mine" / "a.txt").read_text() == "mine"
    remove_tree(tmp_path / "gone")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such locks")
def test_alone_with_makes_a_second_user_of_a_folder_wait(tmp_path: Path) -> None:
    seen = []

    def other() -> None:
        with exclusive_lock(tmp_path):
            seen.append("other")

    thread = threading.Thread(target=other)
    with exclusive_lock(tmp_path):
        thread.start()
        thread.join(0.3)
        seen.append("one")
    thread.join()
    assert seen == ["one", "other"]
