"""Find a kit, and the system that it runs on."""

import platform
from collections.abc import Mapping
from pathlib import Path

from edgegen.base.tools import Finder, ToolStatus
from edgegen_kits.common import recipe


def kit(folder: Path, wanted: Mapping[str, str]) -> ToolStatus:
    """Look for a kit of this recipe in a folder."""
    existing = recipe.read_digests(folder)
    if not existing:
        return ToolStatus()
    version = recipe.summary(existing)
    if existing != wanted:
        return ToolStatus(version, "made by another release of edgegen")
    return ToolStatus(version)


def linux(elsewhere: str) -> Finder:
    """Look for the system that kits run on; `elsewhere` is the advice for other systems."""

    def find() -> ToolStatus:
        system = platform.system()
        if system == "Linux" and platform.machine() in {"x86_64", "AMD64"}:
            return ToolStatus("x86_64")
        return ToolStatus(
            f"{system} {platform.machine()}", f"the kit runs on Linux for x86_64; elsewhere {elsewhere}"
        )

    return find
