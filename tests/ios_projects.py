"""iOS projects as users have them: generated, copied, broken."""

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
