"""Find the tools that builds need: programs, Python packages, OpenCV's C++ files, verification kits."""

import contextlib
import importlib.metadata
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

from edgegen import __version__
from edgegen.base import pins
from edgegen.base.progress import Progress
from edgegen.base.shell import quoted

UNKNOWN = "of unknown version"


@dataclass(frozen=True)
class ToolStatus:
    """Whether a tool was found, in which version, and whether that is usable."""

    version: str = ""  # "" if not found
    problem: str = ""  # why the version is not usable; "" if it is

    @property
    def usable(self) -> bool:
        """Return whether the tool was found in a usable version."""
        return bool(self.version) and not self.problem

    def __str__(self) -> str:
        """Return the version and the problem, as far as they are known; else "not found"."""
        return ": ".join(filter(None, (self.version, self.problem))) or "not found"


Finder = Callable[[], ToolStatus]


@dataclass(frozen=True)
class Tool:
    """A tool that may be missing."""

    name: str
    purpose: str
    find: Finder
    required: bool = True
    app: str = ""  # required only by a project with this app
    verifies: bool = True  # False: required only to make projects
    apt: tuple[str, ...] = ()  # Debian and Ubuntu packages; "one | other" if either is enough
    pip: tuple[str, ...] = ()  # Python packages
    brew: tuple[str, ...] = ()  # Homebrew formulas (macOS)
    install: Callable[[Progress], None] | None = None  # edgegen's own installer
    command: str = ""  # an installation command instead of these packages
    informational: bool = False  # reported, but not required here: it may be on another machine

    def how_to_install(self) -> str:
        """Return the command that installs the tool, or "" if unknown."""
        if self.command:
            return self.command
        if self.pip:
            return "pip install " + " ".join(map(quoted, self.pip))
        if platform.system() == "Darwin":
            return "brew install " + " ".join(self.brew) if self.brew else ""
        return " ".join(["sudo apt-get", *map(quoted, apt_command(self.apt))]) if self.apt else ""


def apt_command(packages: Sequence[str]) -> list[str]:
    """Return apt-get's arguments for packages. Only `satisfy` understands alternatives."""
    return ["satisfy" if any("|" in package for package in packages) else "install", *packages]


def version_of(text: str) -> Version:
    """Return a comparable version: of a text that is not a Python version, its leading numbers."""
    try:
        return Version(text)
    except InvalidVersion:
        match = re.match(r"\d+(?:\.\d+)*", text)
        return Version(match.group() if match else "0")


def _checked(version: str, minimum: str) -> ToolStatus:
    if minimum and version != UNKNOWN and version_of(version) < Version(minimum):
        return ToolStatus(version, f"{minimum} or newer is needed")
    return ToolStatus(version)


def program(*names: str, minimum: str = "", version_argument: str = "--version") -> Finder:
    """Return a finder for the first of these programs on PATH. It asks the program for its version."""

    def find() -> ToolStatus:
        for name in names:
            path = shutil.which(name)
            if path is not None:
                return _ask_version(path, version_argument, minimum)
        return ToolStatus()

    return find


def _ask_version(path: str, argument: str, minimum: str) -> ToolStatus:
    """Run a program. macOS has programs that only ask for Xcode: they fail, and state no version."""
    try:
        answer = subprocess.run([path, argument], capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.SubprocessError):
        return ToolStatus(UNKNOWN)
    said = (answer.stdout + answer.stderr).strip()
    match = re.search(r"\d+\.\d+(?:\.\d+)?", said)
    if match is None and answer.returncode != 0:
        why = said.partition("\n")[0] or f"its exit code is {answer.returncode}"
        return ToolStatus(UNKNOWN, f"{path} {argument} fails: {why}")
    return _checked(match.group() if match else UNKNOWN, minimum)


def installed_version(package: str) -> str | None:
    """Return the version of the distribution that installed a package; None if there is none.

    package: its import name. Several distributions install onnxruntime, such as onnxruntime-gpu.
    """
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        return importlib.metadata.version(package)
    for name in importlib.metadata.packages_distributions().get(package, ()):
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            return importlib.metadata.version(name)
    return None


def package(name: str, *, exactly: str = "", minimum: str = "") -> Finder:
    """Return a finder for a Python package, without import. `exactly` is a version or its prefix."""

    def find() -> ToolStatus:
        version = installed_version(name)
        if version is None:
            return ToolStatus()
        if exactly and not SpecifierSet(f"=={exactly}.*").contains(version, prereleases=True):
            return ToolStatus(version, f"{exactly} is needed")
        return _checked(version, minimum)

    return find


def torchvision() -> ToolStatus:
    """Find torchvision and check that it fits torch.

    A CPU build of torch with a torchvision for CUDA can be imported, but fails at the first NMS. Builds from
    PyTorch's index have a suffix (`+cpu`, `+cu130`), those from PyPI have none.
    """
    found, torch = package("torchvision")(), package("torch")()
    if found.version and torch.version and version_of(found.version).local != version_of(torch.version).local:
        return ToolStatus(
            found.version,
            f"built for another torch than {torch.version} ('operator torchvision::nms does not exist'): "
            "install both from one index",
        )
    return found


def opencv() -> ToolStatus:
    """Find OpenCV's C++ development files in CMake's search path."""
    for prefix in (Path("/usr"), Path("/usr/local"), Path("/opt/homebrew")):
        for pattern in ("lib/cmake", "lib/*/cmake", "lib64/cmake"):
            for path in prefix.glob(f"{pattern}/opencv[45]/OpenCVConfig-version.cmake"):
                match = re.search(r"OpenCV_VERSION\s+\"?([\d.]+)", path.read_text(errors="replace"))
                return ToolStatus(match.group(1) if match else UNKNOWN)
    return ToolStatus()


def headers(*names: str) -> Finder:
    """Return a finder for C headers in the compilers' search path."""

    def find() -> ToolStatus:
        folders = [Path("/usr/include"), Path("/usr/local/include"), Path("/opt/homebrew/include")]
        there = all(any((folder / name).is_file() for folder in folders) for name in names)
        return ToolStatus(UNKNOWN) if there else ToolStatus()

    return find


EXECUTORCH_SYSTEMS = "macOS 14 on Apple silicon, Windows x64, and Linux on x86-64 or aarch64 with glibc 2.28"


def executorch() -> ToolStatus:
    """Find ExecuTorch. Without it, report a system that has no wheels."""
    found = package("executorch", exactly=pins.EXECUTORCH)()
    if found.version or _has_wheels():
        return found
    return ToolStatus("", f"there is none for this system, only for {EXECUTORCH_SYSTEMS}")


def _has_wheels() -> bool:
    """Return whether ExecuTorch has wheels for this system."""
    system, machine = platform.system(), platform.machine().lower()
    if system == "Darwin":
        version = platform.mac_ver()[0]
        return machine == "arm64" and Version(version or "14") >= Version("14")
    if system == "Windows":
        return machine == "amd64"
    if system != "Linux" or machine not in {"x86_64", "aarch64"}:
        return False
    library, version = platform.libc_ver()
    return library == "glibc" and Version(version or "2.28") >= Version("2.28")


_NO_NETWORK = re.compile(
    r"could not resolve|failure resolving|name resolution|unknown host|could not connect|unable to connect"
    r"|connection (refused|failed|reset)|timed out|unreachable|failed to fetch|unable to fetch|proxy"
    r"|\b(EAI_AGAIN|ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)\b"
    r"|no plugin found for prefix",  # Maven without its own plugins; --quiet hides the reason
    re.IGNORECASE,
)
# Parts of messages that name the address or the reason: of apt, npm, Maven (two) and pip.
_NETWORK_REASONS = (
    re.compile(r"(Failed to fetch \S+ .*)"),
    re.compile(r"(request to \S+ failed, reason: .*)"),
    re.compile(r"(Could not transfer .*?)(?: -> \[Help|$)"),
    re.compile(r"No plugin found for prefix .*\((https?://[^)\s]+)\)"),
    re.compile(r"connection broken by '\w+\(.*?[)>]: (.*?)[\"']\)'"),
)


def network_trouble(output: str) -> str:
    """Return why apt, Maven, npm or pip cannot reach its registry, from its output; "" for other failures."""
    lines = [
        re.sub(r"^\s*(Err:\d+|[EW]:|npm (error|ERR!))\s*", "", line).strip() for line in output.splitlines()
    ]
    found = [line for line in lines if _NO_NETWORK.search(line)]
    for reason in _NETWORK_REASONS:
        for line in found:
            if match := reason.search(line):
                return match[1]
    return found[0] if found else ""


def python() -> ToolStatus:
    """Check the version of the running Python."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    if not (3, 10) <= sys.version_info[:2] <= (3, 14):
        return ToolStatus(version, "3.10 to 3.14 is needed")
    return ToolStatus(version)


def any_of(*finders: Finder) -> Finder:
    """Return a finder for alternative tools: the first usable one, else the first that was found."""

    def find() -> ToolStatus:
        answers = [finder() for finder in finders]
        usable = [answer for answer in answers if answer.usable]
        here = [answer for answer in answers if answer.version]
        return (usable or here or [ToolStatus()])[0]

    return find


def _find_kits() -> ToolStatus:
    """Find edgegen-kits, a distribution of its own, with the verification kits for phone apps."""
    version = installed_version("edgegen-kits")
    if version is None:
        return ToolStatus()
    return ToolStatus(version, "" if version == __version__ else f"edgegen is {__version__}")


KITS: Final = Tool("edgegen-kits", "checks phone apps on Linux", _find_kits, pip=("edgegen[kits]",))


def linux_for_kits(elsewhere: str) -> Tool:
    """Return the system that kits run on, as a tool. `elsewhere` is the advice for other systems."""

    def find() -> ToolStatus:
        system = platform.system()
        if system == "Linux" and platform.machine() in {"x86_64", "AMD64"}:
            return ToolStatus("x86_64")
        return ToolStatus(
            f"{system} {platform.machine()}", f"the kit runs on Linux for x86_64; elsewhere {elsewhere}"
        )

    return Tool("Linux", "runs the kit", find)
