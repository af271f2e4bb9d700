"""Use Debian's package archive without root. The package lists are in a folder of the kit."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from edgegen.base.tools import UNKNOWN, Tool, ToolStatus

KEYS: Final = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_MIRROR: Final = "http://deb.debian.org/debian"  # apt checks Debian's signature of every file
_SOURCES: Final = Path("/etc/apt")


def _keys() -> ToolStatus:
    return ToolStatus(UNKNOWN) if KEYS.is_file() else ToolStatus()


KEYS_TOOL: Final = Tool(
    "Debian's keys",
    "prove that the kit's packages are Debian's",
    _keys,
    required=False,  # not after the packages are fetched
    apt=("debian-archive-keyring",),
)


def debian(release: str, kind: str = "deb", root: Path = _SOURCES) -> str:
    """Return the entry of a Debian release for apt's list of sources. `kind` is `deb` or `deb-src`.

    The entry names the mirror of this system, if the system is Debian.
    """
    mirrors = [*_mirrors(root), _MIRROR]
    return (
        f"Types: {kind}\nURIs: {mirrors[0]}\nSuites: {release}\nComponents: main\nArchitectures: amd64\n"
        f"Signed-By: {KEYS}\n"
    )


def _mirrors(root: Path) -> Iterator[str]:
    for path in sorted((root / "sources.list.d").glob("*.sources")):
        yield from re.findall(r"^URIs:\s*(\S+/debian/?)\s*$", path.read_text("utf-8"), re.MULTILINE)
    for path in (root / "sources.list", *sorted((root / "sources.list.d").glob("*.list"))):
        if path.is_file():
            yield from re.findall(
                r"^deb\s+(?:\[[^\]]*\]\s+)?(\S+/debian/?)\s", path.read_text("utf-8"), re.MULTILINE
            )


def prepare_folder(folder: Path, entry: str) -> list[str]:
    """Prepare a folder for apt's state, and return the options for apt to use it.

    apt then reads one archive only: that of `entry`.
    """
    sources = folder / "sources"
    sources.mkdir(parents=True)
    for name in ("lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True)
    (sources / "edgegen.sources").write_text(entry, encoding="utf-8")
    settings = {
        "Dir::Etc::sourcelist": "/dev/null",
        "Dir::Etc::sourceparts": sources,
        "Dir::State::lists": folder / "lists",
        "Dir::Cache": folder / "cache",
        "APT::Update::Error-Mode": "any",  # `update` fails without a network
        "APT::Sandbox::User": "root",  # the folder is the user's own: apt's user may not read it
    }
    return [part for name, value in settings.items() for part in ("-o", f"{name}={value}")]
