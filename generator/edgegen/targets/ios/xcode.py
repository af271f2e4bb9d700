"""Running an iOS project's tests with Xcode: on a simulator of this Mac, or on a connected device."""

import platform
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edgegen.base.errors import ToolchainError
from edgegen.base.progress import Progress
from edgegen.parity.report import Report, tests_report

_PROJECT: Final = ("xcodebuild", "-project", "App.xcodeproj", "-scheme", "App")
_SIMULATOR: Final = "iOS Simulator"
_DEVICE: Final = "iOS"
_DESTINATION: Final = re.compile(r"^\s*\{ platform:(?P<platform>[^,}]+), (?P<rest>.*) \}\s*$", re.MULTILINE)
_INELIGIBLE: Final = "Ineligible destinations"  # the heading of those that will not do
_PLACEHOLDER: Final = "dvtdevice-"  # how the ids of "Any iOS Device" begin
# Of one test after the other, and of tests that run in parallel.
_CASE: Final = re.compile(
    r"^Test [Cc]ase '(?:-\[)?(?P<suite>\S+?)[ .](?P<name>\w+)(?:\]|\(\))' (?P<how>passed|failed)",
    re.MULTILINE,
)
_ERROR: Final = re.compile(r"^(?P<path>/[^\n:]+):(?P<line>\d+): error: (?P<what>.*)$", re.MULTILINE)


@dataclass(frozen=True)
class _Destination:
    """Something that tests can run on."""

    platform: str
    identifier: str
    name: str
    system: tuple[int, ...]  # the version of iOS, where it is known


def is_here() -> bool:
    """Tell whether this is a Mac with Xcode."""
    return platform.system() == "Darwin" and shutil.which("xcodebuild") is not None


def verify_on_simulator(project: Path, progress: Progress) -> Report:
    """Build the project and run its tests on a simulator.

    Raises:
        ToolchainError: There is no simulator of an iPhone, or the project does not build.
    """
    progress.step("Ask Xcode for its simulators")
    found = [each for each in _destinations(project, _SIMULATOR) if each.name.startswith("iPhone")]
    if not found:
        raise ToolchainError("Xcode has no simulator of an iPhone", "type: xcodebuild -downloadPlatform iOS")
    return _test(project, max(found, key=lambda each: each.system), progress)


def verify_on_device(project: Path, progress: Progress) -> Report:
    """Build the project and run its tests on the connected device.

    Raises:
        ToolchainError: There is no Xcode, no device, or the project does not build.
    """
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
    """Return what Xcode would run the scheme on, of one platform."""
    said = _ask([*_PROJECT, "-showdestinations"], project)
    if said.returncode != 0:
        raise ToolchainError(f"xcodebuild cannot read the project:\n{_end(said)}", "open it in Xcode")
    eligible = said.stdout.split(_INELIGIBLE)[0]
    return [each for each in _listed(eligible) if each.platform == wanted]


def _listed(text: str) -> Iterator[_Destination]:
    for match in _DESTINATION.finditer(text):
        # A name comes last, and may hold anything: `id:.., OS:17.5, name:Anna's phone, the old one`.
        before, _, name = f", {match['rest']}".partition(", name:")
        fields = dict(part.split(":", 1) for part in before.split(", ") if ":" in part)
        identifier = fields.get("id", "")
        if identifier and not identifier.startswith(_PLACEHOLDER):
            system = tuple(int(part) for part in re.findall(r"\d+", fields.get("OS", "")))
            yield _Destination(match["platform"], identifier, name, system)


def _test(project: Path, on: _Destination, progress: Progress) -> Report:
    progress.step(f"Xcode: build and test on {on.name}")
    command = [*_PROJECT, "-destination", f"id={on.identifier}", "-allowProvisioningUpdates", "test"]
    said = _ask(command, project)
    run, failures = _results(said.stdout, project)
    if said.returncode != 0 and not failures:
        raise ToolchainError(
            f"xcodebuild failed in {project}:\n{_end(said)}", "open App.xcodeproj in Xcode to see all of it"
        )
    return tests_report("ios", {"tests": (run, failures)}, f"the golden vectors, on {on.name}")


def _results(text: str, project: Path) -> tuple[int, list[str]]:
    """Return how many tests ran, and which failed, with what they said."""
    cases = {(each["suite"], each["name"]): each["how"] for each in _CASE.finditer(text)}
    failed = [f"{suite}.{name}" for (suite, name), how in cases.items() if how == "failed"]
    if not failed:
        return len(cases), []
    return len(cases), [*failed, *_errors(text, project)]


def _errors(text: str, project: Path) -> Iterator[str]:
    for match in _ERROR.finditer(text):
        path = Path(match["path"])
        shown = path.relative_to(project.resolve()) if path.is_relative_to(project.resolve()) else path
        yield f"{shown}:{match['line']}: {match['what']}"


def _ask(command: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace", check=False)


def _end(said: subprocess.CompletedProcess[str]) -> str:
    return "\n".join((said.stdout + said.stderr).strip().splitlines()[-30:])
