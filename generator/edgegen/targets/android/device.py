"""Run an Android project's tests with Gradle, on this computer and on a connected device."""

import itertools
import os
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from edgegen.base.errors import ToolchainError, reason
from edgegen.base.files import remove_tree
from edgegen.base.progress import Progress
from edgegen.base.shell import WINDOWS, last_lines, run
from edgegen.parity.report import Report, tests_report
from edgegen.targets.on_device import PhoneReport, read_report

# Android Studio's folders below the home folder on Linux, macOS and Windows; then Debian's.
_USUAL: Final = ("Android/Sdk", "Library/Android/sdk", "AppData/Local/Android/Sdk")
_DEBIAN: Final = Path("/usr/lib/android-sdk")
_IN_AN_SDK: Final = ("platform-tools", "platforms", "cmdline-tools", "build-tools", "licenses")

_TAG: Final = "SelfCheck"  # the log tag of the device test's report
_TASKS: Final = ("test", "connectedDebugAndroidTest")
# The folders of Gradle's test results.
_RESULTS: Final = {
    "unit tests": (
        "vision/build/test-results/test",
        "parity/build/test-results/test",
        "app/build/test-results/testDebugUnitTest",
    ),
    "device tests": ("app/build/outputs/androidTest-results/connected",),
}


def verify_on_device(project: Path, progress: Progress) -> Report:
    """Build the project with Gradle, and run its tests here and on the connected device."""
    sdk = _sdk()
    devices = _connected(sdk)
    progress.step(f"Gradle: {', '.join(_TASKS)} on {', '.join(devices)}")
    for folder in itertools.chain(*_RESULTS.values()):
        remove_tree(project / folder)  # if Gradle fails before the tests, old failures would be reported
    answer = _gradle(project, sdk, "--continue", *_TASKS)
    counted = {name: _count(project, folders) for name, folders in _RESULTS.items()}
    if answer.returncode != 0 and not any(failures for _, failures in counted.values()):
        raise _failed(project, answer)
    return tests_report("android", counted, f"the golden vectors, on {', '.join(devices)}")


def self_check(project: Path, progress: Progress) -> PhoneReport:
    """Run the self-check on the connected device with Gradle, and read its report from the device's log."""
    sdk = _sdk()
    devices = _connected(sdk)
    device = os.environ.get("ANDROID_SERIAL", devices[0])
    if device not in devices:
        raise ToolchainError(
            f"the device {device} (ANDROID_SERIAL) is not connected", f"choose one of {', '.join(devices)}"
        )
    progress.step(f"Gradle: the self-check on {device}")
    _adb(sdk, "-s", device, "logcat", "-c")  # remove older reports
    answer = _gradle(project, sdk, _TASKS[-1], device=device)
    log = _adb(sdk, "-s", device, "logcat", "-d", "-v", "raw", "-s", _TAG)
    report = read_report(log.splitlines())
    if report is None:
        if answer.returncode != 0:
            raise _failed(project, answer)
        raise ToolchainError(
            f"the log of {device} has no report of a self-check",
            "make the project again with `edgegen new`, whose device test writes it",
        )
    return report


def _gradle(project: Path, sdk: Path, *arguments: str, device: str = "") -> subprocess.CompletedProcess[str]:
    command = [*gradle_command(project), *arguments]
    serial = {"ANDROID_SERIAL": device} if device else {}
    try:
        return run(command, project, env={**os.environ, "ANDROID_HOME": str(sdk), **serial})
    except OSError as error:
        raise ToolchainError(
            f"{command[0]} cannot be started: {reason(error)}",
            "check its permissions, or make the project again with `edgegen new`",
        ) from error


def _failed(project: Path, answer: subprocess.CompletedProcess[str]) -> ToolchainError:
    return ToolchainError(
        f"Gradle failed in {project}:\n{last_lines(answer)}", "run it there for the whole output"
    )


def gradle_command(project: Path, *, windows: bool = WINDOWS) -> list[str]:
    """Return the command of the project's Gradle wrapper, or raise ToolchainError. Needs no execute bit."""
    wrapper = project.absolute() / ("gradlew.bat" if windows else "gradlew")
    if not wrapper.is_file():
        raise ToolchainError(
            f"the project has no Gradle: {wrapper.name} is missing", "make it again with `edgegen new`"
        )
    return [str(wrapper)] if windows else ["sh", str(wrapper)]


def find_sdk() -> Path | None:
    """Return the SDK's folder: of the environment, Android Studio, or the `sdkmanager` on PATH; else None."""
    return next((place for place in _sdk_places() if place.is_dir()), None)


def _sdk_places() -> Iterator[Path]:
    for name in ("ANDROID_HOME", "ANDROID_SDK_ROOT"):
        if os.environ.get(name):
            yield Path(os.environ[name])
    home = os.environ.get("HOME") or os.environ.get("USERPROFILE")
    if home:
        yield from (Path(home, usual) for usual in _USUAL)
    manager = shutil.which("sdkmanager")
    if manager:
        for parent in Path(manager).resolve().parents:
            if parent != Path(parent.anchor) and any((parent / name).is_dir() for name in _IN_AN_SDK):
                yield parent
        yield _DEBIAN


def _sdk() -> Path:
    found = find_sdk()
    if found is None:
        raise ToolchainError(
            "no Android SDK was found, neither in ANDROID_HOME nor in Android Studio's folders",
            "install Android Studio and set ANDROID_HOME; without an SDK: edgegen verify without --device",
        )
    return found


def _connected(sdk: Path) -> list[str]:
    """Return the serial numbers of the connected devices. Raise ToolchainError if there is none."""
    rows = [line.split() for line in _adb(sdk, "devices").splitlines()[1:]]
    devices = [row[0] for row in rows if len(row) > 1 and row[1] == "device"]
    if not devices:
        raise ToolchainError(
            "no Android device is connected",
            "connect one with USB debugging on, or start an emulator, and see that `adb devices` lists it; "
            "without a device: leave out --device",
        )
    return devices


def _adb(sdk: Path, *arguments: str) -> str:
    """Return what adb prints."""
    command = [shutil.which("adb") or str(sdk / "platform-tools" / "adb"), *arguments]
    try:
        answer = subprocess.run(
            command, capture_output=True, text=True, errors="replace", check=True, timeout=60
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise ToolchainError(
            f"adb does not answer: {error}", "install the SDK's platform-tools (Android Studio: SDK Manager)"
        ) from error
    return answer.stdout


def _count(project: Path, folders: tuple[str, ...]) -> tuple[int, list[str]]:
    """Return the number of tests in Gradle's XML files, and the failures. Skipped tests do not count."""
    count, failures = 0, list[str]()
    for folder in folders:
        for path in sorted((project / folder).rglob("*.xml")):
            for case in _cases(path):
                if case.find("skipped") is None:
                    count += 1
                failure = case.find("failure")
                if failure is not None:
                    lines = (failure.get("message") or failure.text or "failed").strip().splitlines()
                    failures.append(
                        f"{case.get('classname')}.{case.get('name')}: {lines[0] if lines else ''}"
                    )
    return count, failures


def _cases(path: Path) -> Iterator[ElementTree.Element]:
    try:
        # Gradle has just written the file.
        yield from ElementTree.parse(path).iter("testcase")  # noqa: S314
    except ElementTree.ParseError:  # Gradle was ended while it wrote the file, so it failed
        return
