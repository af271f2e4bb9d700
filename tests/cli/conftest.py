"""Fixtures of the commands' tests."""

from pathlib import Path

import pytest

from tests.helpers.several_models import renamed
from tests.helpers.support import make


@pytest.fixture
def current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the test in its own folder."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def app(exported: Path) -> Path:
    """Return a linux-cpp project named `app` in the current folder."""
    return make("--app", "studio", "--name", "birds", "--output", "app")


@pytest.fixture
def night(exported: Path) -> str:
    """Return a second model, with other class names than `exported`."""
    return str(renamed(exported, Path("night")))
