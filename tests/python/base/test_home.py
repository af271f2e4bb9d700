"""The folder for everything that edgegen downloads or builds once."""

import sys
from pathlib import Path

import pytest

from edgegen.base.files import home


def test_home_is_edgegen_home_as_an_absolute_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It takes precedence over the user's cache."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EDGEGEN_HOME", "kits")
    assert home() == tmp_path / "kits"


@pytest.mark.skipif(sys.platform != "linux", reason="each system has another cache folder")
def test_home_defaults_to_the_users_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """XDG_CACHE_HOME, or .cache in the home folder."""
    monkeypatch.delenv("EDGEGEN_HOME", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert home() == tmp_path / "cache" / "edgegen"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert home() == tmp_path / ".cache" / "edgegen"
