"""Find a kit."""

from collections.abc import Mapping
from pathlib import Path

from edgegen.base.tools import ToolStatus
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
