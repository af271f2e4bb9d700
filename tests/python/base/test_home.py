"""Where edgegen keeps what it fetches once."""

import sys
from pathlib import Path

import pytest

from edgegen.base.home import home


def test_a_folder_may_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It goes before the user's cache, and is whole."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EDGEGEN_HOME", "kits")
    assert home() == tmp_path / "kits"


@pytest.mark.skipif(sys.platform != "linux", reason="each system has a place of its own")
def test_the_users_cache_is_the_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As the system says: here by XDG_CACHE_HOME, or below the home folder."""
    monkeypatch.delenv("EDGEGEN_HOME", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert home() == tmp_path / "cache" / "edgegen"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert home() == tmp_path / ".cache" / "edgegen"
