"""iOS projects as users have them: generated, copied, broken."""

import contextlib
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from edgegen_kits.ios.kit import Kit, locate_kit
from edgegen_kits.ios.tools import TOOLS
from tests.helpers.once import Once
from tests.helpers.support import edgegen
from tests.helpers.tools import need

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


@pytest.fixture(scope="session")
def ios_kit() -> Kit:
    """Return the iOS kit of $EDGEGEN_HOME, or skip."""
    need(TOOLS)
    return locate_kit()


@pytest.fixture(scope="session")
def ios_of(once: Once, task_export: Callable[[str], Path]) -> Callable[[str], Path]:
    """Return a function that gives the iOS project of a task's tiny checkpoint. Not to be written into."""

    def get(task: str) -> Path:
        made = once(f"ios-{task}", lambda folder: generate(folder, task_export(task)))
        return made / "project"

    return get


@pytest.fixture(scope="session")
def tiny_ios(ios_of: Callable[[str], Path]) -> Path:
    """Return the iOS project of the tiny detector. Not to be written into: all tests share it."""
    return ios_of("detect")
