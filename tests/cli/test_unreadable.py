"""Files and folders that cannot be read: the message names them, and none is reported as a bug."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from edgegen.artifacts.class_names import read_names
from edgegen.base.errors import InputError
from edgegen.cli import asking, common
from edgegen.commands import report


def test_report_names_a_folder_that_it_cannot_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def iterdir(self: Path) -> Iterator[Path]:
        raise PermissionError(errno.EACCES, "Permission denied", str(self))

    monkeypatch.setattr(Path, "iterdir", iterdir)
    with pytest.raises(InputError, match=f"{tmp_path} cannot be read: Permission denied"):
        report.projects_in([tmp_path])


def test_newest_model_comes_first_although_a_link_leads_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.pt").write_bytes(b"")
    (tmp_path / "b.pt").symlink_to("nowhere")
    (tmp_path / "c.pt").write_bytes(b"")
    for name, seconds in (("a.pt", 1), ("c.pt", 2)):
        os.utime(tmp_path / name, (seconds, seconds))
    assert asking._models_here() == ["c.pt", "a.pt", "b.pt"]


def test_missing_file_of_names_has_a_hint_about_names(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist") as raised:
        read_names(tmp_path / "names.yaml")
    assert "one name per line" in raised.value.hint


@pytest.mark.parametrize(("number", "hint"), [(errno.ENOSPC, "free some space"), (errno.EROFS, "that disk")])
def test_error_of_the_disk_has_a_hint_that_fits(
    monkeypatch: pytest.MonkeyPatch, number: int, hint: str
) -> None:
    monkeypatch.setattr(common, "_drop_output", lambda: None)
    error = common._trouble(OSError(number, "no", "/mnt/x"))
    assert error is not None
    assert hint in error.hint
