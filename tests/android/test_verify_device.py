"""Tests of `edgegen verify --device` for Android projects, with a fake gradlew and adb."""

import json
from pathlib import Path

import pytest

from edgegen.targets.android.device import gradle_command
from tests.android.fake_device import FAILURE, GRADLE, with_device
from tests.helpers.support import edgegen

pytestmark = pytest.mark.full


@pytest.mark.parametrize(("failure", "code", "expected"), [("", 0, 0), (FAILURE, 1, 7)])
def test_verify_device_counts_gradles_results_with_a_fake_gradle_and_adb(
    tiny_android: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    failure: str,
    code: int,
    expected: int,
) -> None:
    """A failed test leads to exit code 7, and the report names it."""
    gradle = GRADLE.replace("{failure}", failure).replace("{code}", str(code))
    answer = with_device(tiny_android, tmp_path, monkeypatch, gradle, "emulator-5554\\tdevice\\n")
    assert answer.code == expected, answer.err
    report = json.loads(answer.out)
    assert {stage["name"]: stage["compared"] for stage in report["stages"]} == {
        "unit tests": 1,
        "device tests": 1,
    }
    assert report["problems"] == (["app.C.c: boxes differ"] if failure else [])
    asked = (tmp_path / "project" / "asked").read_text().split()
    assert {"test", "connectedDebugAndroidTest"} <= set(asked)


def test_verify_device_exits_6_when_the_build_fails_with_a_fake_gradle(
    tiny_android: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message contains Gradle's output."""
    answer = with_device(
        tiny_android, tmp_path, monkeypatch, "#!/bin/sh\necho e: no such plugin\nexit 1\n", "x\\tdevice\\n"
    )
    assert answer.code == 6
    assert "no such plugin" in answer.err


def test_verify_device_without_a_device_exits_6_with_a_fake_adb(
    tiny_android: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unauthorized device does not count. Without an SDK, the message names ANDROID_HOME."""
    answer = with_device(tiny_android, tmp_path, monkeypatch, "#!/bin/sh\nexit 1\n", "x\\tunauthorized\\n")
    assert answer.code == 6
    assert "no Android device is connected" in answer.err
    monkeypatch.delenv("ANDROID_HOME")
    answer = edgegen("verify", tiny_android, "--device")
    assert answer.code == 6
    assert "ANDROID_HOME" in answer.err


def test_verify_device_runs_a_gradlew_without_execute_bit_with_a_fake_gradle(
    tiny_android: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A zip, a USB stick or a checkout on Windows loses this bit."""
    gradle = GRADLE.replace("{failure}", "").replace("{code}", "0")
    real = Path.chmod
    monkeypatch.setattr(
        Path, "chmod", lambda self, mode: real(self, 0o644 if self.name == "gradlew" else mode)
    )
    answer = with_device(tiny_android, tmp_path, monkeypatch, gradle, "x\tdevice\n")
    assert answer.code == 0, answer.err
    (tmp_path / "project" / "gradlew").unlink()
    answer = edgegen("verify", tmp_path / "project", "--device")
    assert answer.code == 6
    assert "gradlew is missing" in answer.err


def test_gradle_command_is_the_absolute_path_of_the_batch_file_on_windows(tiny_android: Path) -> None:
    """Windows looks for programs in the caller's current folder, so that the path must be absolute."""
    assert gradle_command(tiny_android, windows=True) == [str(tiny_android.absolute() / "gradlew.bat")]
    assert gradle_command(tiny_android, windows=False) == ["sh", str(tiny_android.absolute() / "gradlew")]


def test_verify_device_rejects_screenshots(tiny_android: Path, tmp_path: Path) -> None:
    answer = edgegen("verify", tiny_android, "--device", "--screenshots", tmp_path)
    assert answer.code == 2
    assert not list(tmp_path.iterdir())
