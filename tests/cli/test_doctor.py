"""`edgegen doctor`: installed tools, missing tools, and the commands that install them."""

import importlib.metadata
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from edgegen import __version__, targets
from edgegen.base import tools
from edgegen.base.errors import ToolchainError
from edgegen.base.progress import NoProgress
from edgegen.base.shell import quoted
from edgegen.base.tools import Tool, ToolStatus
from edgegen.cli import group
from edgegen.cli.common import run
from edgegen.commands import doctor
from edgegen.project.manifest import Manifest
from edgegen.project.option_table import STARTER, STUDIO
from edgegen.targets.android.device import _sdk
from tests.helpers.support import edgegen, rejects

LINUX = targets.find("linux-cpp")


def script(folder: Path, name: str, says: str) -> None:
    """Put a program on PATH that prints its version."""
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)


def test_doctor_finds_every_tool_for_linux_cpp_on_this_machine() -> None:
    """`make test` installs them."""
    blocked = [each.tool.name for each in doctor.examine(LINUX) if each.blocking]
    assert blocked == []


def test_require_fails_with_an_install_command_when_path_is_empty(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolchainError) as caught:
        doctor.require(LINUX)
    assert "CMake (builds the app): not found" in caught.value.message
    assert "edgegen doctor --target linux-cpp --install" in caught.value.hint


def test_only_the_studio_of_linux_cpp_needs_libjpeg_and_libpng(monkeypatch: pytest.MonkeyPatch) -> None:
    """A starter is verified without them, and `edgegen doctor` exits 0."""
    found = [replace(tool, find=lambda: ToolStatus(tools.UNKNOWN)) for tool in LINUX.tools()]
    without = [replace(tool, find=ToolStatus) if tool.name == "JPEG and PNG" else tool for tool in found]
    monkeypatch.setattr(type(LINUX), "tools", lambda _target: tuple(without))
    doctor.require(LINUX, STARTER)
    assert not any(each.blocking for each in doctor.examine(LINUX))
    with pytest.raises(ToolchainError, match="JPEG and PNG"):
        doctor.require(LINUX, STUDIO)
    assert Manifest("linux-cpp", {}).app == STUDIO  # before there was a choice


def test_program_version_is_read_from_its_output_and_checked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An older version is found and rejected."""
    monkeypatch.setenv("PATH", str(tmp_path))
    script(tmp_path, "cmake", "cmake version 3.22.1 (Debian)")
    assert tools.program("cmake")() == ToolStatus("3.22.1")
    assert tools.program("cmake", minimum="3.25")().problem == "3.25 or newer is needed"
    script(tmp_path, "cmake", "cmake version 10.1")
    assert tools.program("cmake", minimum="3.25")().usable


def test_program_without_version_output_is_found_with_unknown_version(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    script(tmp_path, "ninja", "")
    assert tools.program("ninja", minimum="1.0")() == ToolStatus(tools.UNKNOWN)


def test_program_that_fails_and_states_no_version_is_not_usable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Like clang on a Mac without Xcode."""
    monkeypatch.setenv("PATH", str(tmp_path))
    script(tmp_path, "clang", "xcode-select: note: no developer tools were found'; exit '1")
    said = f"{tmp_path}/clang --version fails: xcode-select: note: no developer tools were found"
    assert tools.program("clang")().problem == said
    script(tmp_path, "clang", "clang 16.0.0'; exit '1")
    assert tools.program("clang")() == ToolStatus("16.0.0")


@pytest.mark.parametrize(
    ("torch", "torchvision", "usable"),
    [("2.13.0", "0.28.0", True), ("2.13.0+cpu", "0.28.0+cpu", True), ("2.13.0+cpu", "0.28.0", False)],
)
def test_torchvision_of_another_build_than_torch_is_refused(
    monkeypatch: pytest.MonkeyPatch, torch: str, torchvision: str, usable: bool
) -> None:
    """Its first NMS would fail with an unclear message."""
    versions = {"torch": torch, "torchvision": torchvision}
    monkeypatch.setattr(importlib.metadata, "version", lambda name: versions[name])
    found = tools.torchvision()
    assert found.usable is usable
    assert usable or "torchvision::nms does not exist" in found.problem


def test_pinned_version_must_match_each_part() -> None:
    """1.5.1 is not 1.5.10. A build suffix is ignored."""
    version = importlib.metadata.version("numpy")
    assert tools.package("numpy", exactly=version)().usable
    assert not tools.package("numpy", exactly=version + "0")().usable
    assert not tools.package("no-such-package")().version


def test_install_without_root_rights_fails_with_the_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    tool = Tool("CMake", "builds the app", tools.program("cmake"), apt=("cmake",))
    with pytest.raises(ToolchainError) as caught:
        doctor.install([doctor.Diagnosis(tool, ToolStatus())], NoProgress())
    assert "apt-get install cmake" in caught.value.hint


def test_install_runs_apt_without_questions(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Sudo drops the environment, so apt-get must get the setting another way, and an empty stdin."""
    for name, text in {
        "sudo": f'test "$2" = true || exec /usr/bin/env -i "PATH={tmp_path}:/usr/bin:/bin" "${{@:2}}"',
        "apt-get": f'echo "$1 $DEBIAN_FRONTEND [$(cat)]" >> {tmp_path}/asked',
    }.items():
        (tmp_path / name).write_text(f"#!/bin/bash\n{text}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    tool = Tool("CMake", "builds the app", tools.program("cmake"), apt=("cmake",))
    reading, writing = os.pipe()  # like a terminal without input
    before = os.dup(0)
    try:
        os.dup2(reading, 0)
        doctor.install([doctor.Diagnosis(tool, ToolStatus())], NoProgress())
    finally:
        os.dup2(before, 0)
        for each in (before, reading, writing):
            os.close(each)
    assert (tmp_path / "asked").read_text() == "update noninteractive []\ninstall noninteractive []\n"


@pytest.mark.parametrize("lock", ["/var/lib/apt/lists/lock", "/var/cache/apt/archives/lock"])
def test_install_waits_for_another_apt_process(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, lock: str
) -> None:
    """It waits up to five minutes. Other errors fail at once."""
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
    progress = NoProgress()
    progress.note = notes.append  # type: ignore[method-assign]
    tool = Tool("JDK", "compiles", tools.program("javac"), apt=("openjdk-17 | openjdk-21",))
    doctor.install([doctor.Diagnosis(tool, ToolStatus())], progress)
    assert len(waits) == 2
    assert notes == ["another apt is running; waiting"]
    *updates, last = asked.read_text().splitlines()
    assert updates == ["update -o APT::Update::Error-Mode=any"] * 3
    assert last.startswith("satisfy openjdk-17 | openjdk-21 --yes")
    waited = "echo 'Waiting for cache lock: Could not get lock.' >&2"
    (tmp_path / "apt-get").write_text(f"#!/bin/sh\n{waited}; echo 'E: no network' >&2; exit 100\n")
    with pytest.raises(ToolchainError) as caught:
        doctor.install([doctor.Diagnosis(tool, ToolStatus())], NoProgress())
    assert caught.value.message == "apt-get update failed: no network"
    assert len(waits) == 2
    (tmp_path / "apt-get").write_text(
        "#!/bin/sh\necho 'E: Failed to fetch http://deb.example/x  Could not resolve host' >&2; exit 100\n"
    )
    with pytest.raises(ToolchainError) as caught:
        doctor.install([doctor.Diagnosis(tool, ToolStatus())], NoProgress())
    assert caught.value.message == (
        "the package archive cannot be reached: Failed to fetch http://deb.example/x  Could not resolve host"
    )
    (tmp_path / "apt-get").write_text(
        "#!/bin/sh\necho 'E: Error, pkgProblemResolver::Resolve generated breaks' >&2; exit 100\n"
    )
    with pytest.raises(ToolchainError) as caught:  # packages that exclude each other
        doctor.install([doctor.Diagnosis(tool, ToolStatus())], NoProgress())
    assert caught.value.message.startswith("apt-get update failed: Error, pkgProblemResolver")
    asked.unlink()
    (tmp_path / "apt-get").write_text(f'#!/bin/sh\necho "$@" >> {asked}\n{fails}\n')
    with pytest.raises(ToolchainError, match="Could not get lock"):
        doctor.install([doctor.Diagnosis(tool, ToolStatus())], NoProgress())
    assert sum(waits[2:]) <= 300
    assert len(asked.read_text().splitlines()) == len(waits[2:]) + 1 == 60


def test_alternative_packages_become_one_apt_satisfy_command() -> None:
    """`apt-get install` takes no alternatives."""
    tool = Tool("JDK", "compiles", tools.program("javac"), apt=("openjdk-17 | openjdk-21",))
    assert tool.how_to_install() == "sudo apt-get satisfy 'openjdk-17 | openjdk-21'"


def test_doctor_json_has_a_row_for_each_tool(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 0 means that no required tool is missing."""
    code = run(group, ["doctor", "--target", "linux-cpp", "--json"])
    answer = json.loads(capsys.readouterr().out)
    assert code == 0
    assert answer["ok"] is True
    assert {"CMake", "C++ compiler", "executorch"} <= {row["name"] for row in answer["tools"]}


def test_doctor_exits_6_and_prints_the_table_when_tools_are_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
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
def test_doctor_without_a_kit_exits_6_and_lists_its_tools(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, target: str, kit: str, others: set[str]
) -> None:
    """The kit's row has the command that makes it."""
    monkeypatch.setenv("EDGEGEN_HOME", str(tmp_path))
    answer = edgegen("doctor", "--target", target, "--json")
    assert answer.code == 6
    rows = {row["name"]: row for row in json.loads(answer.out)["tools"]}
    assert {kit} | others <= rows.keys()
    assert rows[kit]["install"] == f"edgegen doctor --target {target} --install"
    assert not rows[kit]["found"]


@pytest.mark.parametrize("target", ["android", "ios"])
@pytest.mark.parametrize(
    ("version", "found"), [(None, "not found"), ("9.0", f"9.0: edgegen is {__version__}")]
)
def test_missing_edgegen_kits_is_reported_with_the_commands_that_install_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, target: str, version: str | None, found: str
) -> None:
    """The kit's own tools are unknown then."""
    monkeypatch.setattr(tools, "installed_version", {"edgegen-kits": version}.get)
    assert [tool for tool in tools_by_name(target) if tool.endswith(" kit")] == []
    answer = edgegen("doctor", "--target", target, "--json")
    assert answer.code == 6
    row = next(row for row in json.loads(answer.out)["tools"] if row["name"] == "edgegen-kits")
    assert (row["required"], row["install"]) == (True, f"pip install {quoted('edgegen[kits]')}")
    with pytest.raises(ToolchainError) as caught:
        doctor.require(targets.find(target))
    assert f"edgegen-kits (checks phone apps on Linux): {found}" in caught.value.message
    assert row["install"] in caught.value.hint
    assert caught.value.hint.endswith(f"; edgegen doctor --target {target} --install")
    rejects(6, tmp_path, "doctor", "--target", target, "--install", says=(found, row["install"]))


@pytest.mark.parametrize("target", ["linux-cpp", "web"])
def test_other_targets_do_not_need_edgegen_kits(target: str) -> None:
    assert "edgegen-kits" not in tools_by_name(target)


@pytest.mark.parametrize(
    ("target", "tool", "packages"),
    [
        ("android", "JDK (compiles and launches the app)", "openjdk-17-jdk-headless"),
        ("ios", "Clang (builds the bridge for this computer)", "sudo apt-get install clang"),
    ],
)
def test_kit_install_without_root_rights_names_the_packages(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, target: str, tool: str, packages: str
) -> None:
    """It fails before any download."""
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


def test_doctor_with_several_targets_lists_shared_tools_once(capsys: pytest.CaptureFixture[str]) -> None:
    """`all` means every target, as for `edgegen new`."""
    run(group, ["doctor", "--target", "android", "--target", "ios", "--json"])
    two = json.loads(capsys.readouterr().out)
    assert two["targets"] == ["android", "ios"]
    names = [row["name"] for row in two["tools"]]
    assert {"Android kit", "iOS kit"} <= set(names)
    assert names.count("Python") == names.count("Linux") == 1
    run(group, ["doctor", "--target", "all", "--target", "ios", "--json"])
    every = json.loads(capsys.readouterr().out)
    assert every["targets"] == ["android", "ios", "linux-cpp", "web"]
    assert {"Android kit", "iOS kit", "CMake"} <= {row["name"] for row in every["tools"]}


@pytest.mark.full
@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("iOS", "did you mean ios? The targets are: android, ios, linux-cpp, web and all"),
        ("linux", "did you mean linux-cpp?"),
        ("al", "did you mean all?"),
        ("windows-11", "  the targets are: android, ios, linux-cpp, web and all"),
    ],
)
def test_unknown_target_is_refused_with_the_nearest_name(
    exported: Path, tmp_path: Path, typed: str, says: str
) -> None:
    """By `new` and `doctor`. Without a near name, all targets are listed."""
    rejects(2, tmp_path, "doctor", "--target", typed, says=(repr(typed), says))
    command = ("new", "--model", exported, "--target", typed)
    rejects(2, tmp_path, *command, says=(repr(typed), says))


@pytest.mark.parametrize(("target", "tool"), [("android", "Android SDK"), ("ios", "Mac with Xcode")])
def test_tool_for_building_elsewhere_is_listed_but_not_required(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, target: str, tool: str
) -> None:
    """The Android SDK and Xcode do not block verification and are not installed."""
    for name in ("ANDROID_HOME", "ANDROID_SDK_ROOT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    (each,) = (each for each in doctor.examine(targets.find(target)) if each.tool.name == tool)
    assert not each.found.usable
    assert not each.blocking
    assert each.tool.how_to_install()
    doctor.install([each], NoProgress())
    monkeypatch.setattr(doctor, "examine", lambda *_: [each])
    monkeypatch.setenv("COLUMNS", "200")
    answer = edgegen("doctor", "--target", target, "--install").ok()
    assert f"not here  {tool}" in answer.out
    assert each.tool.how_to_install() in answer.out


@pytest.mark.parametrize(
    ("how", "value"),
    [("ANDROID_HOME", "Android/Sdk"), ("HOME", ""), ("PATH", "Android/Sdk/cmdline-tools/latest/bin")],
)
def test_android_sdk_is_found_in_each_usual_place(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, how: str, value: str
) -> None:
    """ANDROID_HOME, Android Studio's folder, or next to its manager on PATH."""
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
    return {tool.name: tool for tool in targets.find(target).tools()}


@pytest.mark.parametrize(
    ("system", "machine", "version", "has_wheels"),
    [
        ("Darwin", "arm64", "15.1", True),
        ("Darwin", "arm64", "13.6", False),
        ("Darwin", "x86_64", "15.1", False),
        ("Windows", "AMD64", "", True),
        ("Windows", "ARM64", "", False),
        ("Linux", "x86_64", "2.28", True),
        ("Linux", "aarch64", "2.36", True),
        ("Linux", "x86_64", "2.27", False),
        ("Linux", "aarch64", "", False),  # musl
        ("Linux", "armv7l", "2.36", False),
        ("FreeBSD", "amd64", "", False),
    ],
)
def test_doctor_names_the_systems_of_executorch_on_another(
    system: str, machine: str, version: str, has_wheels: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An ExecuTorch that is installed counts, wherever it is from."""
    monkeypatch.setattr("platform.system", lambda: system)
    monkeypatch.setattr("platform.machine", lambda: machine)
    monkeypatch.setattr("platform.mac_ver", lambda: (version, ("", "", ""), machine))
    monkeypatch.setattr("platform.libc_ver", lambda: ("glibc", version) if version else ("", ""))
    assert tools.executorch().usable
    monkeypatch.setattr(tools, "installed_version", lambda _name: None)
    found = tools.executorch()
    assert not found.usable
    assert ("there is none for this system" in found.problem) is not has_wheels
