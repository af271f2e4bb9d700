"""Folders that are made once for all test processes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from filelock import FileLock

Once = Callable[[str, Callable[[Path], Any]], Path]
ExportOf = Callable[[Path, tuple[int, int], str], Path]  # checkpoint, height and width, head -> a folder


def made_once(root: Path, name: str, make: Callable[[Path], Any]) -> Path:
    """Return the folder `name` below `root`; call make(folder) if no process has made it yet.

    A folder is renamed into its place when it is complete: an interrupted one is made again.
    """
    folder = root / name
    with FileLock(root / f"{name}.lock"):
        if not folder.exists():
            staged = root / f"{name}.staged"
            staged.mkdir(exist_ok=True)
            make(staged)
            staged.rename(folder)
    return folder
