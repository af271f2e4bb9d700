"""The home folder of a user."""

from pathlib import Path

import pytest


def make_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the home of a user in a folder of homes. edgegen's own folder is outside of it."""
    folder = tmp_path / "homes" / "anna"
    folder.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("EDGEGEN_HOME", str(tmp_path / "cache"))
    return folder
