"""Fetch files of packages of npm beside other programs, which end it if they fail."""

from collections.abc import Mapping
from pathlib import Path

from edgegen.base.npm import HINT, PACK, Wanted, unpack
from edgegen_kits.common.commands import Commands

__all__ = ["Wanted", "fetch"]


def fetch(commands: Commands, package: str, files: Mapping[str, Wanted], scratch: Path) -> None:
    """Fetch files of a package, as `edgegen.base.npm.fetch` does."""
    commands.run([*PACK, package], scratch, hint=HINT)
    unpack(package, files, scratch)
