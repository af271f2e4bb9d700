"""Projects to be broken: a copy, and a text in one of its files changed."""

import shutil
from pathlib import Path


def copy_of(project: Path, folder: Path) -> Path:
    """Return a copy of a project, to be broken."""
    return Path(shutil.copytree(project, folder / "project"))


def replaced(path: Path, old: str, new: str) -> None:
    """Change a text in a file, which must be there once."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} is in {path.name} {text.count(old)} times"
    path.write_text(text.replace(old, new), encoding="utf-8")
