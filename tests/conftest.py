"""What many tests share: the tiny checkpoint, real weights and photos where they are, projects made once."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

ROOT = Path(__file__).resolve().parents[1]
TINY = ROOT / "tests" / "tiny" / "tiny.pt"
SHARED = ROOT.parent / "shared" / "data"

Once = Callable[[str, Callable[[Path], Any]], Path]


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Once:
    """Make a folder once for all test processes: `once("name", make)` calls make(folder) at most once."""
    base = tmp_path_factory.getbasetemp()
    root = (base if worker_id == "master" else base.parent) / "once"
    root.mkdir(exist_ok=True)

    def get(name: str, make: Callable[[Path], Any]) -> Path:
        folder = root / name
        with FileLock(root / f"{name}.lock"):
            if not folder.exists():
                staged = root / f"{name}.staged"
                staged.mkdir(exist_ok=True)
                make(staged)
                staged.rename(folder)
        return folder

    return get


@pytest.fixture(scope="session")
def tiny_checkpoint() -> Path:
    """Return our own checkpoint: three classes of drawn shapes, under 1.5 MB."""
    return TINY


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder with real weights and photos, or skip: they are not part of the project."""
    if not (SHARED / "weights").is_dir():
        pytest.skip("real weights and photos are not beside this checkout")
    return SHARED


def missing(tool: str) -> None:
    """Skip a test whose toolchain is not here, or fail it where it has to be here."""
    if os.environ.get("CI"):
        pytest.fail(f"{tool} is missing")
    pytest.skip(f"{tool} is missing")
