"""Projects in git: a new clone is unedited, whatever git does with line ends."""

import os
import subprocess
from pathlib import Path

import pytest

from edgegen.project import manifest
from tests.helpers.support import edgegen

pytestmark = pytest.mark.full

TARGETS = ("android", "ios", "linux-cpp")


def git(folder: Path, *arguments: str) -> str:
    """Run git without the user's settings."""
    environment = os.environ | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    settings = ("-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "init.defaultBranch=main")
    command = ["git", *settings, *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment, check=True, capture_output=True, text=True
    ).stdout


@pytest.fixture
def repository(exported: Path, tmp_path: Path) -> Path:
    """Return a repository with a project for every target, committed without changes of line ends."""
    edgegen("new", "--model", exported, "--target", "all", "--ci", "github", "--output", "apps").ok()
    git(tmp_path / "apps", "init")
    git(tmp_path / "apps", "add", "--all")
    git(tmp_path / "apps", "commit", "--message", "made")
    return tmp_path / "apps"


@pytest.mark.parametrize("setting", ["core.autocrlf=true", "core.autocrlf=input", "core.eol=crlf"])
def test_clone_with_converted_line_ends_counts_as_unedited(
    repository: Path, tmp_path: Path, setting: str
) -> None:
    """Git for Windows converts line ends by default."""
    git(tmp_path, "clone", "--config", setting, str(repository), "clone")
    for target in TARGETS:
        known = manifest.read(tmp_path / "clone" / target)
        assert known is not None
        missing = [name for name in known.files if not (tmp_path / "clone" / target / name).is_file()]
        assert [name for name in known.edited(tmp_path / "clone" / target) if name not in missing] == []
        assert missing == [], "what .gitignore leaves out"
    assert git(tmp_path / "clone", "status", "--porcelain") == ""
