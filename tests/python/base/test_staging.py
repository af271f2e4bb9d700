"""Staging folders are removed, also after their process was killed; other folders stay."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from edgegen.base.errors import RenderError
from edgegen.base.staging import _PATIENCE, prefix, staging

LONG_AGO = 2 * _PATIENCE


def left_over(parent: Path, name: str, *, age: float = LONG_AGO) -> Path:
    folder = parent / name
    (folder / "model").mkdir(parents=True)
    (folder / "model" / "model.pte").write_text("half")
    os.utime(folder, (time.time() - age, time.time() - age))
    return folder


def stage(folder: Path) -> None:
    with staging(folder):
        pass


@pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has no locks that show whether the owner is alive"
)
def test_staging_removes_the_old_folder_of_a_killed_process(tmp_path: Path) -> None:
    """Folders that are young, have another name or only a similar one stay."""
    app = tmp_path / "app"
    ours = prefix(app)
    killed = left_over(tmp_path, f"{ours}a1b2c3d4")
    others = [
        left_over(tmp_path, f"{ours}young_01", age=0),
        left_over(tmp_path, f"{ours}notes"),
        left_over(tmp_path, ".app-notes123"),
        left_over(tmp_path, ".app.edgegen-previous"),
        left_over(tmp_path, f"{prefix(tmp_path / 'other')}a1b2c3d4"),
    ]
    (tmp_path / f"{ours}link0000").symlink_to(others[2])
    stage(app)
    assert not killed.exists()
    assert all((each / "model" / "model.pte").exists() for each in others)
    assert (tmp_path / f"{ours}link0000").is_symlink()


@pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has no locks that show whether the owner is alive"
)
def test_staging_keeps_the_old_folder_of_a_running_process(tmp_path: Path) -> None:
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom edgegen.base.staging import staging\n"
        "with staging(Path(sys.argv[1])) as path:\n    print(path, flush=True)\n    time.sleep(100)\n"
    )
    app = tmp_path / "app"
    with subprocess.Popen([sys.executable, "-c", script, app], stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        path = Path(running.stdout.readline().strip())
        os.utime(path, (time.time() - LONG_AGO, time.time() - LONG_AGO))
        stage(app)
        assert path.is_dir()
        running.kill()
        running.wait()
    assert path.is_dir()
    stage(app)
    assert not path.exists()


def test_too_long_folder_name_fails_before_any_work(tmp_path: Path) -> None:
    """The created parent folders are removed."""
    with (
        pytest.raises(RenderError, match="File name too long"),
        staging(tmp_path / "deep" / ("a" * 256)),
    ):
        pytest.fail("it went on")
    assert list(tmp_path.iterdir()) == []
