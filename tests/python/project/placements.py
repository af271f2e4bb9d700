"""Helpers that write small projects and place them."""

from pathlib import Path

from edgegen.base.staging import staging
from edgegen.project import manifest, placing
from edgegen.project.manifest import Manifest


def write_project(folder: Path, files: dict[str, str]) -> Path:
    """Write files and their manifest into a folder, as `project.build` does."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    manifest.write(Manifest("linux-cpp", {}, {}, manifest.digests(folder, files)), folder)
    return folder


def place(staged: Path, folder: Path, *, force: bool) -> None:
    with placing.transaction() as placement:
        placement.place(staged, folder, "linux-cpp", force=force)


def make(folder: Path, files: dict[str, str], *, force: bool = False) -> None:
    placing.check_destination(folder, "linux-cpp", force=force)
    with staging(folder) as workspace:
        place(write_project(workspace / "staged", files), folder, force=force)


def content(folder: Path) -> dict[str, str]:
    return {name: (folder / name).read_text() for name in manifest.relative_files(folder)}
