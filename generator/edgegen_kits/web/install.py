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
    files = {part: (part,) for part in recipe.PARTS}
    renew(folder, recipe.digests(), files, _make, announcer(progress, "web kit", folder))


def _make(folder: Path, scratch: Path, parts: Sequence[str]) -> None:
    scratch.mkdir()
    files = dict[str, npm.Wanted]()
    for part, digests in ((recipe.FOLDER, recipe.FILES), (recipe.WEBGPU, recipe.WEBGPU_FILES)):
        if part in parts:
            (folder / part).mkdir()
            wanted = {name: npm.Wanted(folder / part / name, sha256) for name, sha256 in digests.items()}
            files |= {f"package/dist/{name}": file for name, file in wanted.items()}
    with Commands() as commands:
        npm.fetch(commands, _PACKAGE, files, scratch)
    if recipe.FOLDER in parts:
        shutil.copyfile(recipe.HERE / recipe.LICENSE, folder / recipe.FOLDER / recipe.LICENSE)
