"""Doctor finds what is here, names what is missing, and says what to type."""

import importlib.metadata
import json
import os
from pathlib import Path

import pytest

from edgegen import targets
from edgegen.base import tools
from edgegen.base.errors import ToolchainError
from edgegen.base.progress import Silent
from edgegen.base.tools import Found, Tool
from edgegen.cli import group
from edgegen.cli.common import run
from edgegen.commands import doctor
from edgegen.targets.android.device import _sdk
from tests.helpers.support import edgegen, refused

LINUX = targets.find("linux-cpp")


def script(folder: Path, name: str, says: str) -> None:
    """Put a program on PATH that prints its version."""
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)


def test_this_machine_has_what_linux_cpp_needs() -> None:
    """`make test` installs it."""
    blocked = [each.tool.name for each in doctor.examine(LINUX) if each.blocking]
    assert blocked == []


def test_an_empty_path_misses_every_program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """And the error says what for, and what to type."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolchainError) as caught:
        doctor.require(LINUX)
    assert "CMake (builds the app): not found" in caught.value.message
    assert "edgegen doctor --target linux-cpp --install" in caught.value.hint


def test_a_version_is_read_from_what_a_program_prints(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Too old a one is found and refused."""
    monkeypatch.setenv("PATH", str(tmp_path))
    script(tmp_path, "cmake", "cmake version 3.22.1 (Debian)")
    assert tools.program("cmake")() == Found("3.22.1")
    assert tools.program("cmake", minimum="3.25")().problem == "3.25 or newer is needed"
    script(tmp_path, "cmake", "cmake version 10.1")
    assert tools.program("cmake", minimum="3.25")().usable


def test_a_program_that_says_nothing_is_found_all_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its version stays unknown."""
    monkeypatch.setenv("PATH", str(tmp_path))
    script(tmp_path, "ninja", "")
    assert tools.program("ninja", minimum="1.0")() == Found(tools.UNKNOWN)


@pytest.mark.parametrize(
    ("torch", "torchvision", "usable"),
    [("2.13.0", "0.28.0", True), ("2.13.0+cpu", "0.28.0+cpu", True), ("2.13.0+cpu", "0.28.0", False)],
)
def test_a_torchvision_of_another_build_is_refused(
    monkeypatch: pytest.MonkeyPatch, torch: str, torchvision: str, usable: bool
) -> None:
    """It would fail at its first NMS, with a message that helps nobody."""
    versions = {"torch": torch, "torchvision": torchvision}
    monkeypatch.setattr(importlib.metadata, "version", lambda name: versions[name])
    found = tools.torchvision()
    assert found.usable is usable
    assert usable or "torchvision::nms does not exist" in found.problem


def test_pins_are_compared_by_their_parts() -> None:
    """1.5.1 is not 1.5.10, and a build's suffix does not matter."""
    version = importlib.metadata.version("numpy")
    assert tools.package("numpy", exactly=version)().usable
    assert not tools.package("numpy", exactly=version + "0")().usable
    assert not tools.package("no-such-package")().version


def test_nothing_is_installed_without_rights(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The message has the command instead."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    tool = Tool("CMake", "builds the app", tools.program("cmake"), apt=("cmake",))
    with pytest.raises(ToolchainError) as caught:
        doctor.install([doctor.Diagnosis(tool, Found())], Silent())
    assert "apt-get install cmake" in caught.value.hint


def test_installing_asks_nobody_anything(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Sudo drops the environment: apt-get is told all the same not to ask, and has no terminal to ask at."""
    for name, text in {
        "sudo": f'test "$2" = true || exec /usr/bin/env -i "PATH={tmp_path}:/usr/bin:/bin" "${{@:2}}"',
        "apt-get": f'echo "$1 $DEBIAN_FRONTEND [$(cat)]" >> {tmp_path}/asked',
    }.items():
        (tmp_path / name).write_text(f"#!/bin/bash\n{text}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    tool = Tool("CMake", "builds the app", tools.program("cmake"), apt=("cmake",))
    reading, writing = os.pipe()  # a terminal at which nobody types
    before = os.dup(0)
    try:
        os.dup2(reading, 0)
        doctor.install([doctor.Diagnosis(tool, Found())], Silent())
    finally:
        os.dup2(before, 0)
        for each in (before, reading, writing):
            os.close(each)
    assert (tmp_path / "asked").read_text() == "update noninteractive []\ninstall noninteractive []\n"


@pytest.mark.parametrize("lock", ["/var/lib/apt/lists/lock", "/var/cache/apt/archives/lock"])
def test_installing_waits_for_another_apt(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, lock: str) -> None:
    """For the locks that apt itself does not wait for as well; any other failure is reported at once.

    At first apt does not wait, so that the note comes at once; then it waits for the rest of five minutes.
    """
    asked = tmp_path / "asked"
    fails = f'echo "E: Could not get lock {lock}." >&2; exit 100'
    (tmp_path / "apt-get").write_text(
        f'#!/bin/sh\necho "$@" >> {asked}\ntest "$(grep -c . {asked})" -gt 2 || {{ {fails}; }}\n'
    )
    (tmp_path / "apt-get").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    waits, notes, now = list[float](), list[str](), [1000.0]

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        now[0] += seconds

    monkeypatch.setattr("time.sleep", sleep)
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    progress = Silent()
    progress.note = notes.append  # type: ignore[method-assign]
    tool = Tool("JDK", "compiles", tools.program("javac"), apt=("openjdk-17 | openjdk-21",))
    doctor.install([doctor.Diagnosis(tool, Found())], progress)
    assert len(waits) == 2
    assert notes == ["another apt is running; waiting"]
    *updates, last = asked.read_text().splitlines()
    assert updates == [f"update -o DPkg::Lock::Timeout={seconds}" for seconds in (0, 295, 290)]
    assert last.startswith("satisfy openjdk-17 | openjdk-21 --yes")
    waited = "echo 'Waiting for cache lock: Could not get lock.' >&2"
    (tmp_path / "apt-get").write_text(f"#!/bin/sh\n{waited}; echo 'E: no network' >&2; exit 100\n")
    with pytest.raises(ToolchainError) as caught:
        doctor.install([doctor.Diagnosis(tool, Found())], Silent())
    assert caught.value.message == "apt-get update failed: E: no network"
    assert len(waits) == 2
    asked.unlink()
    (tmp_path / "apt-get").write_text(f'#!/bin/sh\necho "$@" >> {asked}\n{fails}\n')
    with pytest.raises(ToolchainError, match="Could not get lock"):
        doctor.install([doctor.Diagnosis(tool, Found())], Silent())
    assert sum(waits[2:]) <= 300
    assert len(asked.read_text().splitlines()) == len(waits[2:]) + 1 == 60


def test_alternatives_are_one_command_to_type() -> None:
    """`apt-get install` does not know them."""
    tool = Tool("JDK", "compiles", tools.program("javac"), apt=("openjdk-17 | openjdk-21",))
    assert tool.how_to_install() == "sudo apt-get satisfy 'openjdk-17 | openjdk-21'"


def test_json_has_a_row_for_every_tool(capsys: pytest.CaptureFixture[str]) -> None:
    """And exit code 0 says that nothing needed is missing."""
    code = run(group, ["doctor", "--target", "linux-cpp", "--json"])
    answer = json.loads(capsys.readouterr().out)
    assert code == 0
    assert answer["ok"] is True
    assert {"CMake", "C++ compiler", "executorch"} <= {row["name"] for row in answer["tools"]}


def test_exit_code_6_when_something_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The table is printed all the same."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert run(group, ["doctor"]) == 6
    assert "MISSING" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("target", "kit", "others"),
    [
        ("android", "Android kit", {"JDK", "Maven", "npm", "aapt2", "C++ compiler"}),
        ("ios", "iOS kit", {"Linux", "Clang", "GNUstep", "blocks"}),
    ],
)
def test_what_a_kit_needs_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, target: str, kit: str, others: set[str]
) -> None:
    """Without a kit, exit code 6 and the command that makes it."""
    monkeypatch.setenv("EDGEGEN_HOME", str(tmp_path))
    answer = edgegen("doctor", "--target", target, "--json")
    assert answer.code == 6
    rows = {row["name"]: row for row in json.loads(answer.out)["tools"]}
    assert {kit} | others <= rows.keys()
    assert rows[kit]["install"] == f"edgegen doctor --target {target} --install"
    assert not rows[kit]["found"]


@pytest.mark.parametrize(
    ("target", "tool", "packages"),
    [
        ("android", "JDK (compiles and launches the app)", "openjdk-17-jdk-headless"),
        ("ios", "Clang (builds the bridge for this computer)", "sudo apt-get install clang"),
    ],
)
def test_without_rights_the_packages_of_a_kit_are_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, target: str, tool: str, packages: str
) -> None:
    """Before anything is fetched."""
    monkeypatch.setenv("EDGEGEN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(ToolchainError) as caught:
        doctor.require(targets.find(target))
    assert f"{tool}: not found" in caught.value.message
    answer = edgegen("doctor", "--target", target, "--install")
    assert answer.code == 6
    assert packages in answer.err
    assert not (tmp_path / "home").exists()


def test_several_targets_are_examined_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    """`all` is every one of them, as with `new`; what several need is looked for once."""
    run(group, ["doctor", "--target", "android", "--target", "ios", "--json"])
    two = json.loads(capsys.readouterr().out)
    assert two["targets"] == ["android", "ios"]
    names = [row["name"] for row in two["tools"]]
    assert {"Android kit", "iOS kit"} <= set(names)
    assert names.count("Python") == names.count("Linux") == 1
    run(group, ["doctor", "--target", "all", "--target", "ios", "--json"])
    every = json.loads(capsys.readouterr().out)
    assert every["targets"] == ["android", "ios", "linux-cpp"]
    assert {"Android kit", "iOS kit", "CMake"} <= {row["name"] for row in every["tools"]}


@pytest.mark.full
@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("iOS", "did you mean ios? The targets are: android, ios, linux-cpp and all"),
        ("linux", "did you mean linux-cpp?"),
        ("al", "did you mean all?"),
        ("windows-11", "  the targets are: android, ios, linux-cpp and all"),
    ],
)
def test_a_target_that_is_not_there_is_answered_with_those_that_are(
    exported: Path, tmp_path: Path, typed: str, says: str
) -> None:
    """By `new` and `doctor` alike; the nearest name first."""
    refused(2, tmp_path, "doctor", "--target", typed, says=(repr(typed), says))
    command = ("new", "--model", exported, "--target", typed)
    refused(2, tmp_path, *command, says=(repr(typed), says))


@pytest.mark.parametrize(("target", "tool"), [("android", "Android SDK"), ("ios", "Mac with Xcode")])
def test_what_building_needs_elsewhere_is_said_and_asked_of_nobody(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, target: str, tool: str
) -> None:
    """Not on this machine, it is in the table, keeps nothing from being verified, and is not installed."""
    for name in ("ANDROID_HOME", "ANDROID_SDK_ROOT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    (each,) = (each for each in doctor.examine(targets.find(target)) if each.tool.name == tool)
    assert not each.found.usable
    assert not each.blocking
    assert each.tool.how_to_install()
    doctor.install([each], Silent())
    monkeypatch.setattr(doctor, "examine", lambda *_: [each])
    monkeypatch.setenv("COLUMNS", "200")
    answer = edgegen("doctor", "--target", target, "--install").ok()
    assert f"not here  {tool}" in answer.out
    assert each.tool.how_to_install() in answer.out


@pytest.mark.parametrize(
    ("how", "value"),
    [("ANDROID_HOME", "Android/Sdk"), ("HOME", ""), ("PATH", "Android/Sdk/cmdline-tools/latest/bin")],
)
def test_an_android_sdk_is_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, how: str, value: str
) -> None:
    """Where Gradle looks, where Android Studio puts it, or around its manager: by doctor and by verify."""
    for name in ("ANDROID_HOME", "ANDROID_SDK_ROOT"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "PATH"):
        monkeypatch.setenv(name, str(tmp_path / "empty"))
    tool = tools_by_name("android")["Android SDK"]
    assert not tool.find().usable
    manager = tmp_path / "Android" / "Sdk" / "cmdline-tools" / "latest" / "bin"
    manager.mkdir(parents=True)
    script(manager, "sdkmanager", "1.0")
    monkeypatch.setenv(how, str(tmp_path / value))
    assert tool.find().usable
    assert _sdk() == tmp_path / "Android" / "Sdk"


def tools_by_name(target: str) -> dict[str, Tool]:
    return {tool.name: tool for tool in targets.find(target).tools}
