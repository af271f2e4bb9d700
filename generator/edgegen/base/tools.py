"""Looking for the tools that building needs: programs, Python packages, OpenCV's C++ files."""

import importlib.metadata
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

from edgegen.base.progress import Progress
from edgegen.base.shell import quoted

UNKNOWN = "of unknown version"


@dataclass(frozen=True)
class Found:
    """What looking for a tool gave."""

    version: str = ""  # "" when it is not here
    problem: str = ""  # why a version that is here will not do

    @property
    def usable(self) -> bool:
        """Tell whether it is here and will do."""
        return bool(self.version) and not self.problem


Finder = Callable[[], Found]


@dataclass(frozen=True)
class Tool:
    """One thing that may be missing."""

    name: str
    purpose: str
    find: Finder
    required: bool = True
    apt: tuple[str, ...] = ()  # Debian and Ubuntu packages; "one | other" where either is enough
    pip: tuple[str, ...] = ()  # Python packages
    brew: tuple[str, ...] = ()  # Homebrew formulas (macOS)
    install: Callable[[Progress], None] | None = None  # edgegen makes it itself
    command: str = ""  # what to type instead of all these
    informational: bool = False  # said, but neither asked for nor installed: it may be on another machine

    def how_to_install(self) -> str:
        """Return the command to type, or "" where none is known."""
        if self.command:
            return self.command
        if self.pip:
            return "pip install " + " ".join(map(quoted, self.pip))
        if platform.system() == "Darwin":
            return "brew install " + " ".join(self.brew) if self.brew else ""
        return " ".join(["sudo apt-get", *map(quoted, apt_command(self.apt))]) if self.apt else ""


def apt_command(packages: Sequence[str]) -> list[str]:
    """Return apt-get's arguments that install packages; only `satisfy` understands alternatives."""
    return ["satisfy" if any("|" in package for package in packages) else "install", *packages]


def version_of(text: str) -> Version:
    """Return a version as it compares; of a text that is none in Python's sense, its leading numbers."""
    try:
        return Version(text)
    except InvalidVersion:
        match = re.match(r"\d+(?:\.\d+)*", text)
        return Version(match.group() if match else "0")


def _checked(version: str, minimum: str) -> Found:
    if minimum and version != UNKNOWN and version_of(version) < Version(minimum):
        return Found(version, f"{minimum} or newer is needed")
    return Found(version)


def program(*names: str, minimum: str = "", version_argument: str = "--version") -> Finder:
    """Look for the first of some programs on PATH and ask it for its version."""

    def find() -> Found:
        for name in names:
            path = shutil.which(name)
            if path is not None:
                return _checked(_ask_version(path, version_argument), minimum)
        return Found()

    return find


def _ask_version(path: str, argument: str) -> str:
    try:
        answer = subprocess.run([path, argument], capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.SubprocessError):
        return UNKNOWN
    match = re.search(r"\d+\.\d+(?:\.\d+)?", answer.stdout + answer.stderr)
    return match.group() if match else UNKNOWN


def package(name: str, *, exactly: str = "", minimum: str = "") -> Finder:
    """Look for a Python package without importing it. `exactly` is a version or the start of one."""

    def find() -> Found:
        try:
            version = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            return Found()
        if exactly and not SpecifierSet(f"=={exactly}.*").contains(version, prereleases=True):
            return Found(version, f"{exactly} is needed")
        return _checked(version, minimum)

    return find


def torchvision() -> Found:
    """Look for a torchvision that fits torch.

    A CPU build of torch beside a torchvision that was built for CUDA imports, and then fails at its first
    NMS. Builds from PyTorch's own index carry a suffix (`+cpu`, `+cu130`), those of the default one none.
    """
    here, torch = package("torchvision")(), package("torch")()
    if here.version and torch.version and version_of(here.version).local != version_of(torch.version).local:
        return Found(
            here.version,
            f"built for another torch than {torch.version} ('operator torchvision::nms does not exist'): "
            "install both from one index",
        )
    return here


def opencv() -> Found:
    """Look for OpenCV's C++ development files where CMake looks for them."""
    for prefix in (Path("/usr"), Path("/usr/local"), Path("/opt/homebrew")):
        for pattern in ("lib/cmake", "lib/*/cmake", "lib64/cmake"):
            for path in prefix.glob(f"{pattern}/opencv[45]/OpenCVConfig-version.cmake"):
                match = re.search(r"OpenCV_VERSION\s+\"?([\d.]+)", path.read_text(errors="replace"))
                return Found(match.group(1) if match else UNKNOWN)
    return Found()


def headers(*names: str) -> Finder:
    """Return a check that finds the headers of C libraries where compilers look for them."""

    def look() -> Found:
        folders = [Path("/usr/include"), Path("/usr/local/include"), Path("/opt/homebrew/include")]
        there = all(any((folder / name).is_file() for folder in folders) for name in names)
        return Found(UNKNOWN) if there else Found()

    return look


def python() -> Found:
    """Return the Python that runs edgegen."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    if not (3, 10) <= sys.version_info[:2] <= (3, 14):
        return Found(version, "3.10 to 3.14 is needed")
    return Found(version)


def first_of(*finders: Finder) -> Finder:
    """Look for tools that do the same and return the first that will do, or what is wrong with the others."""

    def find() -> Found:
        answers = [finder() for finder in finders]
        usable = [answer for answer in answers if answer.usable]
        here = [answer for answer in answers if answer.version]
        return (usable or here or [Found()])[0]

    return find
