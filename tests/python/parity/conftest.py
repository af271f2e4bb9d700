"""Fixtures of the data sets' tests."""

from pathlib import Path

import pytest

from tests.python.parity.datasets import pictures


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the working folder, with pictures for a later data.yaml."""
    monkeypatch.chdir(tmp_path)
    pictures(tmp_path / "val" / "images")
    return tmp_path
