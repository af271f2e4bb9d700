"""iOS projects as users have them: generated, copied, broken."""

import shutil
from pathlib import Path

from support import process

BUNDLE_ID = "org.example.shapes"


def generate(folder: Path, model: Path, *options: object) -> Path:
    """Make an iOS project in folder/project as `edgegen new` does."""
    process(
        "new",
        *("--model", model, "--target", "ios", "--output", "project"),
        *("--bundle-id", BUNDLE_ID, "--name", "Shapes", *options),
        folder=folder,
    ).ok()
    return folder / "project"


def copy_of(project: Path, folder: Path) -> Path:
    """Return a copy of a project, to be broken."""
    return Path(shutil.copytree(project, folder / "project"))


def replaced(path: Path, old: str, new: str) -> None:
    """Change a text in a file, which must be there once."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} is in {path.name} {text.count(old)} times"
    path.write_text(text.replace(old, new), encoding="utf-8")
