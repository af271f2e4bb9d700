"""Fixture: the tiny model's app, compiled once with the tests that launch it."""

from pathlib import Path

import pytest

from edgegen_kits.android.app_build import Built
from edgegen_kits.android.kit import Kit
from tests.helpers.android_projects import launchable
from tests.helpers.once import Once


@pytest.fixture(scope="session")
def built(once: Once, android_kit: Kit, tiny_export: Path) -> Built:
    """Return the compiled app. Not to be changed: all tests share it."""
    return launchable(once, android_kit, tiny_export)
