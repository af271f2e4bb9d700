"""The files of the kit, and copies of them in projects."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from edgegen.base.errors import ToolchainError
from edgegen.base.files import file_sha256, home
from edgegen_kits.common import recipe as recipes
from edgegen_kits.web import recipe

MISSING: Final = (
    f"ONNX Runtime Web {recipe.VERSION} is not in edgegen's folder",
    "type: edgegen doctor --target web --install",
)


def kit_folder() -> Path:
    """Return the kit's folder in edgegen's home. It may not be installed."""
    return home() / "web"


def missing(existing: Path | None = None) -> tuple[str, str] | None:
    """Return what is wrong and what to do, if the runtime is in neither the kit nor the existing project."""
    return MISSING if _source(recipe.FOLDER, recipe.FILES, existing) is None else None


def copy_into(project: Path, existing: Path | None = None, *, webgpu: bool = False) -> None:
    """Copy the runtime into a project, from the kit or from the existing project that it replaces.

    Raises:
        ToolchainError: Neither has this release.
    """
    destination = project / recipe.FOLDER
    destination.mkdir()
    parts = {recipe.FOLDER: recipe.FILES, **({recipe.WEBGPU: recipe.WEBGPU_FILES} if webgpu else {})}
    for part, files in parts.items():
        source = _source(part, files, existing)
        if source is None:
            raise ToolchainError(*MISSING)
        for name in files:
            shutil.copyfile(source / name, destination / name)
    shutil.copyfile(recipe.HERE / recipe.LICENSE, destination / recipe.LICENSE)


def _source(part: str, files: Mapping[str, str], existing: Path | None) -> Path | None:
    """Return a folder with these files of the recipe's release; None if there is none."""
    if recipes.read_digests(kit_folder()) == recipe.digests():
        return kit_folder() / part
    own = existing and existing / recipe.FOLDER
    has_all = own and all(_is_file(own / name, sha256) for name, sha256 in files.items())
    return own if has_all else None


def _is_file(path: Path, sha256: str) -> bool:
    return path.is_file() and file_sha256(path) == sha256
