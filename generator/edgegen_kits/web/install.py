"""Fetch ONNX Runtime Web with npm."""

import gzip
import shutil
import tarfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from edgegen.base.errors import ToolchainError
from edgegen.base.files import file_sha256
from edgegen.base.progress import Progress
from edgegen_kits.common.commands import Commands
from edgegen_kits.common.making import announcer, renew
from edgegen_kits.web import recipe

_PACKAGE: Final = f"onnxruntime-web@{recipe.VERSION}"
_REGISTRY: Final = "check the network and the registry in ~/.npmrc"


def install(folder: Path, progress: Progress) -> None:
    """Make the kit in its folder.

    Raises:
        ToolchainError: The package could not be fetched, or is another one than the recipe's.
        RenderError: The folder cannot be written.
    """
    files = {recipe.FOLDER: (recipe.FOLDER,)}
    renew(folder, recipe.digests(), files, _make, announcer(progress, "web kit", folder))


def _make(folder: Path, scratch: Path, parts: Sequence[str]) -> None:
    scratch.mkdir()
    with Commands() as commands:
        commands.run(["npm", "pack", "--loglevel=error", "--cache=cache", _PACKAGE], scratch, hint=_REGISTRY)
    archive = next(scratch.glob("*.tgz"), None)
    if archive is None:
        raise ToolchainError(f"npm fetched no {_PACKAGE}", _REGISTRY)
    library = folder / recipe.FOLDER
    library.mkdir()
    try:
        with tarfile.open(archive) as tar:
            for name, sha256 in recipe.FILES.items():
                _unpack(tar, f"package/dist/{name}", library / name, sha256)
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ToolchainError(f"npm fetched a damaged {_PACKAGE}: {error}", _REGISTRY) from error
    shutil.copyfile(recipe.HERE / recipe.LICENSE, library / recipe.LICENSE)


def _unpack(tar: tarfile.TarFile, member: str, file: Path, sha256: str) -> None:
    """Write a file of the package; ToolchainError if its digest is not the recipe's."""
    try:
        content = tar.extractfile(member)
    except KeyError:
        content = None
    if content is None:
        raise ToolchainError(f"{_PACKAGE} has no {member}", "report this to edgegen's maintainers")
    with content, file.open("wb") as copy:
        shutil.copyfileobj(content, copy)
    if file_sha256(file) != sha256:
        raise ToolchainError(f"the SHA-256 of {member} in {_PACKAGE} does not match", _REGISTRY)
