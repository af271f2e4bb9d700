"""Android projects as users have them: generated, compiled by the kit, launched on the JVM."""

from pathlib import Path

from edgegen.kits.android.app_build import Built, Project, build
from edgegen.kits.android.kit import Kit
from edgegen.kits.common.commands import Commands
from support import process

PACKAGE = "org.example.shapes"


def generate(folder: Path, model: Path, *options: object) -> Path:
    """Make an Android project in folder/project as `edgegen new` does."""
    process(
        "new",
        *("--model", model, "--target", "android", "--output", "project"),
        *("--package", PACKAGE, "--name", "Shapes", *options),
        folder=folder,
    ).ok()
    return folder / "project"


def compiled(kit: Kit, project: Path, folder: Path, tests: list[Path]) -> Built:
    """Compile a project with tests that launch it."""
    with Commands() as commands:
        return build(kit, Project(project), folder, commands, more=tests)
