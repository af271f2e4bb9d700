"""Fetch ONNX Runtime Web with npm."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from edgegen.base.progress import Progress
from edgegen_kits.common import npm
from edgegen_kits.common.commands import Commands
from edgegen_kits.common.making import announcer, renew
from edgegen_kits.web import recipe

_PACKAGE: Final = f"onnxruntime-web@{recipe.VERSION}"


def install(folder: Path, progress: Progress) -> None:
    """Make the kit in its folder.

    Raises:
        ToolchainError: The package could not be fetched, or is another one than the recipe's.
        RenderError: The folder cannot be written.
    """
    files = {recipe.FOLDER: (recipe.FOLDER,)}
    renew(folder, recipe.digests(), files, _make, announcer(progress, "web kit", folder))


def _make(folder: Path, scratch: Path, parts: Sequence[str]) -> None:
    library = folder / recipe.FOLDER
    library.mkdir()
    scratch.mkdir()
    files = {
        f"package/dist/{name}": npm.Wanted(library / name, sha256) for name, sha256 in recipe.FILES.items()
    }
    with Commands() as commands:
        npm.fetch(commands, _PACKAGE, files, scratch)
    shutil.copyfile(recipe.HERE / recipe.LICENSE, library / recipe.LICENSE)
