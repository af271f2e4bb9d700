"""Fetches Android's list of its public API from the Android source package of Debian."""

import re
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from edgegen.base.errors import ToolchainError
from edgegen.kits.common import apt
from edgegen.kits.common.commands import Commands

PACKAGE: Final = "android-platform-frameworks-base"
VERSION: Final = "10.0.0"  # Android 10, API 29: the last that lists everything in one file
API_LIST: Final = "api/current.txt"
_SOURCES: Final = Path("/etc/apt")


def fetch(folder: Path, commands: Commands) -> Path:
    """Fetch the list into a folder and return its path.

    Raises:
        ToolchainError: This system's package archive does not have it.
    """
    options = _apt_options(folder)
    commands.run(["apt-get", *options, "update", "-qq"])
    offered = commands.ask(["apt-cache", *options, "showsrc", PACKAGE]).out
    versions = re.findall(r"^Version: (.*)$", offered, re.MULTILINE)
    wanted = next((each for each in versions if VERSION in each), None)
    if wanted is None:
        there = ", ".join(sorted(set(versions))) or "none"
        raise ToolchainError(
            f"the source package {PACKAGE} {VERSION} is not in this system's archive (there: {there})",
            "Debian 12 has it: use that, in a container if need be; or check the project with ./gradlew test",
        )
    commands.run(["apt-get", *options, "source", "-qq", "--download-only", f"{PACKAGE}={wanted}"], folder)
    archive = next(folder.glob(f"{PACKAGE}_*.orig.tar.*"))
    with tarfile.open(archive) as tar:
        member = tar.extractfile(API_LIST)
        if member is None:
            raise ToolchainError(
                f"{archive.name} holds no {API_LIST}", "report this to edgegen's maintainers"
            )
        path = folder / "current.txt"
        path.write_bytes(member.read())
    archive.unlink()
    return path


def _apt_options(folder: Path) -> list[str]:
    """Let apt work beside the system, with lists of sources instead of programs."""
    entries = list(source_entries())
    if not entries:
        raise ToolchainError(
            "apt's lists name no archive of Debian or Ubuntu",
            "look into /etc/apt/sources.list and /etc/apt/sources.list.d",
        )
    return apt.beside(folder, entries)


def source_entries(root: Path = _SOURCES) -> Iterator[tuple[str, str]]:
    """Yield apt's entries for Debian's and Ubuntu's own archives as entries for sources, in both formats.

    Other vendors' archives are left out: they hold no sources, and asking them takes time.
    """
    one_line = [root / "sources.list", *sorted((root / "sources.list.d").glob("*.list"))]
    for path in one_line:
        lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
        kept = [re.sub(r"^deb\s", "deb-src ", line) for line in lines if _is_main(line)]
        if kept:
            yield "list", "\n".join(dict.fromkeys(kept)) + "\n"
    for path in sorted((root / "sources.list.d").glob("*.sources")):
        for entry in re.split(r"\n\s*\n", path.read_text(encoding="utf-8")):
            if re.search(r"^Types:.*\bdeb\b", entry, re.MULTILINE) and _is_main_entry(entry):
                yield "sources", re.sub(r"^Types:.*$", "Types: deb-src", entry, flags=re.MULTILINE) + "\n"


def _is_main(line: str) -> bool:
    return bool(
        re.match(r"deb\s", line) and re.search(r"/(debian|ubuntu)\S*\s+\S+\s.*\b(main|universe)\b", line)
    )


def _is_main_entry(entry: str) -> bool:
    uris = re.search(r"^URIs:.*/(debian|ubuntu)\b", entry, re.MULTILINE)
    return bool(uris and re.search(r"^Components:.*\b(main|universe)\b", entry, re.MULTILINE))
