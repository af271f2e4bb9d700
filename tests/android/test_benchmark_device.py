"""Tests of `edgegen benchmark --device` for Android projects, with a fake gradlew and adb."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from edgegen.base.errors import ToolchainError
from edgegen.base.files import file_sha256
from edgegen.base.progress import NoProgress
from edgegen.targets.android.device import self_check
from edgegen.targets.on_device import check_report, read_report
from tests.android.fake_device import GRADLE, with_device
from tests.helpers.places import TINY
from tests.helpers.support import edgegen

pytestmark = pytest.mark.full

REPORT = """\
app: Tiny, made by edgegen 0.2.0
sha256: {sha256}
device: Google Pixel 9, 8 cores, Android 16 (API 36), arm64-v8a
raw: passed, worst difference 1.2e-06 of 1e-05
PASSED: the same as PyTorch on 2 pictures

median of 20, ms: input, model, result, together
1 thread: 1.9, 30.2, 0.4, 32.5
4 threads: 1.8, 11.0, 0.4, 13.2
CPU: the reference, 11.0 ms, loaded in 41.0 ms
Vulkan: FAILED (a score differs by 0.2, more than 0.02)
"""


def test_benchmark_device_reads_the_self_check_report_with_a_fake_adb(
    tiny_android: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rejects the report of another model, and the report of a failed self-check."""
    model = next((tiny_android / "app/src/main/assets/model").glob("*.pte"))
    report = REPORT.replace("{sha256}", file_sha256(model))
    command = ("benchmark", "--model", TINY, "--image", TINY.with_name("landscape.png"), "--rounds", "1")
    command += ("--frames", "1", "--against", "pytorch")
    gradle = GRADLE.replace("{failure}", "").replace("{code}", "0")
    phone = "emulator-5554\\tdevice\\n"
    log = "D/other: app: x\n" + report
    answer = with_device(tiny_android, tmp_path, monkeypatch, gradle, phone, log, command)
    timed = json.loads(answer.ok().out)
    assert [row["name"] for row in timed["forward"]] == ["pytorch", "edgegen float32"]
    assert timed["whole"] == []  # only the model of a phone app is timed here
    found = timed["device"]
    assert found["device"].startswith("Google Pixel 9")
    assert found["verdict"] == "PASSED: the same as PyTorch on 2 pictures"
    assert [(time["threads"], time["total_ms"]) for time in found["times"]] == [(1, 32.5), (4, 13.2)]
    assert found["programs"] == [
        {"title": "CPU", "verdict": "the reference", "model_ms": 11.0, "load_ms": 41.0},
        {
            "title": "Vulkan",
            "verdict": "FAILED (a score differs by 0.2, more than 0.02)",
            "model_ms": None,
            "load_ms": None,
        },
    ]
    assert (tmp_path / "sdk" / "logged").read_text() == "emulator-5554\n"

    seen = read_report(report.splitlines())
    assert seen is not None
    assert check_report(seen, model) is seen
    with pytest.raises(ToolchainError, match="of another model"):
        check_report(seen, TINY)
    with pytest.raises(ToolchainError, match="FAILED: the same"):
        check_report(replace(seen, verdict=seen.verdict.replace("PASSED", "FAILED")), model)


def test_self_check_rejects_a_truncated_report_with_a_fake_gradle_and_adb(
    tiny_android: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gradle = GRADLE.replace("{failure}", "").replace("{code}", "0")
    cut = REPORT.partition("median")[0]
    assert read_report(cut.splitlines()) is None
    with_device(tiny_android, tmp_path, monkeypatch, gradle, "emulator-5554\\tdevice\\n", cut)
    with pytest.raises(ToolchainError, match="no report of a self-check"):
        self_check(tmp_path / "project", NoProgress())


def test_benchmark_device_ignores_an_older_report_with_a_fake_gradle_and_adb(
    tiny_android: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The device log still holds an earlier build's report. Names an ANDROID_SERIAL that is not connected."""
    gradle = "#!/bin/sh\necho e: it does not compile\nexit 1\n"
    command = ("benchmark", "--model", TINY)
    (tmp_path / "sdk").mkdir()
    (tmp_path / "sdk" / "logged").touch()
    report = REPORT.replace("{sha256}", "0" * 64)
    phone = "emulator-5554\\tdevice\\n"
    answer = with_device(tiny_android, tmp_path, monkeypatch, gradle, phone, report, command)
    assert answer.code == 6
    assert "it does not compile" in answer.err
    monkeypatch.setenv("ANDROID_SERIAL", "another")
    answer = edgegen("benchmark", tmp_path / "project", "--model", TINY, "--device")
    assert answer.code == 6
    assert "the device another (ANDROID_SERIAL) is not connected" in answer.err


def test_benchmark_rejects_device_for_a_checkpoint_and_a_linux_project(tiny_linux: Path) -> None:
    for model in (TINY, tiny_linux):
        answer = edgegen("benchmark", model, "--device")
        assert answer.code == 2
        assert "leave out --device" in answer.err
