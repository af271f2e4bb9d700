"""Tests of the GitHub workflow that `edgegen new --ci github` adds to an iOS project."""

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.helpers.hard_ios import hard_ios, texts

pytestmark = pytest.mark.full

__all__ = ["hard_ios"]


def test_workflow_builds_and_tests_the_scheme_of_the_project(hard_ios: Path, tiny_ios: Path) -> None:
    """Without --ci, there is no workflow."""
    workflow = yaml.safe_load(texts(hard_ios)[".github/workflows/ios.yml"])
    assert workflow["permissions"] == {"contents": "read"}
    (job,) = workflow["jobs"].values()
    assert job["runs-on"] == "macos-26"  # Apple silicon: ExecuTorch has no library for Intel
    assert job["timeout-minutes"]
    commands = [step["run"] for step in job["steps"] if "run" in step]
    used = [step["uses"] for step in job["steps"] if "uses" in step]
    assert all(re.fullmatch(r"actions/[\w-]+@v\d+", each) for each in used)
    built = [command for command in commands if "-scheme" in command]
    assert len(built) == 3
    for command in built:
        assert "-project App.xcodeproj -scheme App" in " ".join(command.split())
    assert sum(command.startswith("xcrun xcresulttool export attachments") for command in commands) == 1
    assert not (tiny_ios / ".github").exists()


def test_workflow_chooses_an_iphone_of_the_newest_ios_with_a_fake_xcrun(
    hard_ios: Path, tmp_path: Path
) -> None:
    """The newest iOS that the selected Xcode knows; 26.10 is newer than 26.2. Never an iPad, watch or TV."""
    workflow = yaml.safe_load(texts(hard_ios)[".github/workflows/ios.yml"])
    steps = workflow["jobs"]["build"]["steps"]
    script = next(step["run"] for step in steps if "simctl" in step.get("run", ""))
    runtime = "com.apple.CoreSimulator.SimRuntime"
    devices = {
        f"{runtime}.iOS-26-10": [
            {"name": "iPhone 17", "udid": "right"},
            {"name": "iPad mini", "udid": "pad"},
        ],
        f"{runtime}.iOS-26-2": [{"name": "iPhone 17", "udid": "old"}],
        f"{runtime}.iOS-26-11": [{"name": "iPad Air", "udid": "pad"}],
        f"{runtime}.iOS-27-0": [{"name": "iPhone 18", "udid": "new"}],
        f"{runtime}.tvOS-27-0": [{"name": "Apple TV", "udid": "tv"}],
    }
    (tmp_path / "devices.json").write_text(json.dumps({"devices": devices}))
    xcrun = 'xcrun() { [ "$1" = simctl ] && cat devices.json || echo 26.11; }; GITHUB_ENV=env; set -e\n'
    subprocess.run(["bash", "-c", xcrun + script], cwd=tmp_path, check=True)
    assert (tmp_path / "env").read_text() == "DEVICE=right\n"
