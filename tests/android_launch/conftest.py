"""The tiny model's app, compiled once with the tests that launch it."""

from pathlib import Path

import pytest

from android_projects import PACKAGE, compiled, generate
from conftest import TINY, Once
from edgegen.kits.android.app_build import Built, Project
from edgegen.kits.android.kit import Kit

KOTLIN = Path(__file__).parent / "kotlin"


@pytest.fixture(scope="session")
def built(once: Once, android_kit: Kit) -> Built:
    """Return the compiled app. Not to be changed: all tests share it."""

    def make(folder: Path) -> None:
        generate(folder, TINY)
        compiled(android_kit, folder / "project", folder / "built", sorted(KOTLIN.glob("*.kt")))

    folder = once("android-launch", make)
    return Built(Project(folder / "project"), PACKAGE, folder / "built")
