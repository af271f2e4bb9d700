"""The files of the kit, and copies of them in projects."""

import shutil
from pathlib import Path
from typing import Final

from edgegen.base.errors import ToolchainError
from edgegen.base.files import home
from edgegen_kits.common import recipe as recipes
from edgegen_kits.web import recipe

MISSING: Final = (
    f"ONNX Runtime Web {recipe.VERSION} is not in edgegen's folder",
    "type: edgegen doctor --target web --install",
)


def kit_folder() -> Path:
    """Return the kit's folder in edgegen's home. It may not be installed."""
    return home() / "web"


def missing() -> tuple[str, str] | None:
    """Return what is wrong and what to do, if the kit is missing or of another release; else None."""
    return None if recipes.read_digests(kit_folder()) == recipe.digests() else MISSING


def copy_into(project: Path, *, webgpu: bool = False) -> None:
    """Copy the runtime into a project. Raise ToolchainError if the kit is missing."""
    if (problem := missing()) is not None:
        raise ToolchainError(*problem)
    destination = project / recipe.FOLDER
    destination.mkdir()
    for name in (*recipe.FILES, recipe.LICENSE):
        shutil.copyfile(kit_folder() / recipe.FOLDER / name, destination / name)
    for name in recipe.WEBGPU_FILES if webgpu else ():
        shutil.copyfile(kit_folder() / recipe.WEBGPU / name, destination / name)
