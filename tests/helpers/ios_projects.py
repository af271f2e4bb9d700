"""iOS projects as users have them: generated, copied, broken."""

import contextlib
import shutil
from pathlib import Path

from edgegen_kits.ios.kit import Kit
from tests.helpers.support import edgegen

BUNDLE_ID = "org.example.shapes"

# The stages of `edgegen verify` beside those of the golden vectors.
COUNTED = ["layouts", "errors", "Swift files", "logic tests", "phone objects", "Xcode project", "app bundle"]


def generate(folder: Path, model: Path, *options: object) -> Path:
    """Make an iOS project in folder/project as `edgegen new` does."""
    project = folder / "project"
    edgegen(
        "new",
        *("--model", model, "--target", "ios", "--app", "studio", "--output", project),
        *("--bundle-id", BUNDLE_ID, "--name", "Shapes", *options),
    ).ok()
    return project


def begun(kit: Kit, name: str, folder: Path) -> None:
    """Take what `edgegen verify` left in the kit: what is the same is not compiled again."""
    with contextlib.suppress(OSError, shutil.Error):
        shutil.copytree(kit.built / name, folder, dirs_exist_ok=True)
