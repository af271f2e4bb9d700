"""Fetch the parts of the iOS kit."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from edgegen.base.progress import Progress
from edgegen_kits.common.commands import Commands
from edgegen_kits.common.making import SideBySide, announcer, renew
from edgegen_kits.ios import recipe, swift_packages, zig_wheel
from edgegen_kits.ios.kit import Kit

_FILES: Final = {part: (part,) for part in recipe.PARTS}  # the files of each part in the kit's folder


def install(kit: Kit, progress: Progress) -> None:
    """Make the kit in its folder. Parts whose recipe did not change are taken from the existing kit.

    Raises:
        ToolchainError: Something could not be fetched.
        RenderError: The folder cannot be written.
    """
    announce = announcer(progress, "iOS kit", kit.folder)
    renew(kit.folder, recipe.digests(), _FILES, _make, announce)


def _make(folder: Path, scratch: Path, parts: Sequence[str]) -> None:
    kit, commands = Kit(folder), Commands()
    steps: dict[str, Callable[[], None]] = {
        "swift": lambda: swift_packages.unpack(kit, scratch / "swift", commands),
        "zig": lambda: zig_wheel.unpack(kit, scratch / "zig", commands),
    }
    SideBySide(commands).make(steps, parts)
