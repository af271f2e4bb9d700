"""Projects in git: a fresh clone is what edgegen wrote, whatever the machine makes of line ends."""

import os
import subprocess
from pathlib import Path

import pytest

from edgegen.project import manifest
from tests.helpers.support import edgegen

pytestmark = pytest.mark.full

TARGETS = ("android", "ios", "linux-cpp")


def git(folder: Path, *arguments: str) -> str:
    """Run git as on a new machine: none of the user's own settings."""
    environment = os.environ | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    settings = ("-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "init.defaultBranch=main")
    command = ["git", *settings, *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment, check=True, capture_output=True, text=True
    ).stdout


@pytest.fixture
def repository(exported: Path, tmp_path: Path) -> Path:
    """Return a repository with a project for every target, committed on a machine that keeps line ends."""
    edgegen("new", "--model", exported, "--target", "all", "--ci", "github", "--output", "apps").ok()
    git(tmp_path / "apps", "init")
    git(tmp_path / "apps", "add", "--all")
    git(tmp_path / "apps", "commit", "--message", "made")
    return tmp_path / "apps"


@pytest.mark.parametrize("setting", ["core.autocrlf=true", "core.autocrlf=input", "core.eol=crlf"])
def test_a_clone_is_not_edited(repository: Path, tmp_path: Path, setting: str) -> None:
    """Git for Windows turns line ends by itself: then all files would count as the user's edits."""
    git(tmp_path, "clone", "--config", setting, str(repository), "clone")
    for target in TARGETS:
        known = manifest.read(tmp_path / "clone" / target)
        assert known is not None
        missing = [name for name in known.files if not (tmp_path / "clone" / target / name).is_file()]
        assert [name for name in known.edited(tmp_path / "clone" / target) if name not in missing] == []
        assert missing == [], "what .gitignore leaves out"
    assert git(tmp_path / "clone", "status", "--porcelain") == ""
