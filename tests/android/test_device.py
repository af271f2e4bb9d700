"""Gradle's test results of an Android project, with a fake Gradle."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from edgegen.base.errors import ToolchainError
from edgegen.base.progress import NoProgress
from edgegen.targets.android import device


def test_failures_of_an_earlier_run_do_not_hide_that_gradle_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gradle(*_: Any, **__: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess([], 1, "e: Main.kt:1:1 Syntax error", "")

    results = tmp_path / "vision/build/test-results/test"
    results.mkdir(parents=True)
    (results / "old.xml").write_text(
        '<testsuite><testcase name="a" classname="A"><failure message="old"/></testcase></testsuite>'
    )
    monkeypatch.setattr(device, "_sdk", lambda: tmp_path)
    monkeypatch.setattr(device, "_connected", lambda _sdk: ["emulator-5554"])
    monkeypatch.setattr(device, "_gradle", gradle)
    with pytest.raises(ToolchainError, match="Syntax error"):
        device.verify_on_device(tmp_path, NoProgress())
