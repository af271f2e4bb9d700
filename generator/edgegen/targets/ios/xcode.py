"""Run an iOS project's tests with Xcode, on a simulator of this Mac or on a connected device."""

import platform
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edgegen.base.errors import ToolchainError
from edgegen.base.progress import Progress
from edgegen.base.shell import last_lines, run
from edgegen.parity.report import Report, tests_report

_PROJECT: Final = ("xcodebuild", "-project", "App.xcodeproj", "-scheme", "App")
_SIMULATOR: Final = "iOS Simulator"
_DEVICE: Final = "iOS"
_DESTINATION: Final = re.compile(r"^\s*\{ platform:(?P<platform>[^,}]+), (?P<rest>.*) \}\s*$", re.MULTILINE)
_INELIGIBLE: Final = "Ineligible destinations"  # the heading of the others
_PLACEHOLDER: Final = "dvtdevice-"  # the prefix of the ids of "Any iOS Device"
# The lines of serial and of parallel tests.
_CASE: Final = re.compile(
    r"^Test [Cc]ase '(?:-\[)?(?P<suite>\S+?)[ .](?P<name>\w+)(?:\]|\(\))' (?P<how>passed|failed)",
    re.MULTILINE,
)
_ERROR: Final = re.compile(r"^(?P<path>/[^\n:]+):(?P<line>\d+): error: (?P<what>.*)$", re.MULTILINE)


@dataclass(frozen=True)
class _Destination:
    """A simulator or device for tests."""

    platform: str
    identifier: str
    name: str
    system: tuple[int, ...]  # the version of iOS, or () if unknown


def is_here() -> bool:
    """Return whether this is a Mac with Xcode."""
    return platform.system() == "Darwin" and shutil.which("xcodebuild") is not None


def verify_on_simulator(project: Path, progress: Progress) -> Report:
    """Build the project and run its tests on a simulator."""
    progress.step("Ask Xcode for its simulators")
    found = [each for each in _destinations(project, _SIMULATOR) if each.name.startswith("iPhone")]
    if not found:
        raise ToolchainError("Xcode has no simulator of an iPhone", "type: xcodebuild -downloadPlatform iOS")
    return _test(project, max(found, key=lambda each: each.system), progress)


def verify_on_device(project: Path, progress: Progress) -> Report:
    """Build the project and run its tests on the connected device."""
    if shutil.which("xcodebuild") is None:
        raise ToolchainError(
            "xcodebuild is missing: a device's apps are built with Xcode, on a Mac",
            "without a device: edgegen verify without --device",
        )
    progress.step("Ask Xcode for connected devices")
    found = _destinations(project, _DEVICE)
    if not found:
        raise ToolchainError(
            "no iPhone or iPad is connected",
            "connect one, unlock it and let it trust this Mac, with its Developer Mode on; "
            "without a device: edgegen verify without --device",
        )
    return _test(project, found[0], progress)


def _destinations(project: Path, wanted: str) -> list[_Destination]:
    """Return the destinations of the scheme on one platform."""
    ran = run([*_PROJECT, "-showdestinations"], project)
    if ran.returncode != 0:
        raise ToolchainError(f"xcodebuild cannot read the project:\n{last_lines(ran)}", "open it in Xcode")
    eligible = ran.stdout.split(_INELIGIBLE)[0]
    return [each for each in _listed(eligible) if each.platform == wanted]


def _listed(text: str) -> Iterator[_Destination]:
    for match in _DESTINATION.finditer(text):
        # The name comes last, with any characters: `id:.., OS:17.5, name:Anna's phone, the old one`.
        before, _, name = f", {match['rest']}".partition(", name:")
        fields = dict(part.split(":", 1) for part in before.split(", ") if ":" in part)
        identifier = fields.get("id", "")
        if identifier and not identifier.startswith(_PLACEHOLDER):
            system = tuple(int(part) for part in re.findall(r"\d+", fields.get("OS", "")))
            yield _Destination(match["platform"], identifier, name, system)


def _test(project: Path, on: _Destination, progress: Progress) -> Report:
    progress.step(f"Xcode: build and test on {on.name}")
    command = [*_PROJECT, "-destination", f"id={on.identifier}", "-allowProvisioningUpdates", "test"]
    ran = run(command, project)
    count, failures = _results(ran.stdout, project)
    if ran.returncode != 0 and not failures:
        raise ToolchainError(
            f"xcodebuild failed in {project}:\n{last_lines(ran)}", "open App.xcodeproj in Xcode for details"
        )
    return tests_report("ios", {"tests": (count, failures)}, f"the golden vectors, on {on.name}")


def _results(text: str, project: Path) -> tuple[int, list[str]]:
    """Return the number of tests, and the failed ones with their messages."""
    cases = {(each["suite"], each["name"]): each["how"] for each in _CASE.finditer(text)}
    failed = [f"{suite}.{name}" for (suite, name), how in cases.items() if how == "failed"]
    if failed:
        for match in _ERROR.finditer(text):
            path = Path(match["path"])
            shown = path.relative_to(project.resolve()) if path.is_relative_to(project.resolve()) else path
            failed.append(f"{shown}:{match['line']}: {match['what']}")
    return len(cases), failed
