"""The bridge of the tiny model's iOS project, compiled once: fast, and with the sanitizers."""

from pathlib import Path

import pytest

from conftest import Once
from edgegen.ios_kit.kit import Kit

from .calls import Bridge, build


@pytest.fixture(scope="session")
def compiled(once: Once, ios_kit: Kit, tiny_ios: Path) -> Path:
    """Return the folder with what was compiled of the project. Not to be written into."""
    return once("ios-bridge", lambda folder: build(tiny_ios, folder))


@pytest.fixture(scope="session")
def bridge(compiled: Path, tiny_ios: Path) -> Bridge:
    """Return the bridge as an app has it."""
    return build(tiny_ios, compiled)


@pytest.fixture(scope="session")
def sanitized(once: Once, ios_kit: Kit, tiny_ios: Path) -> Bridge:
    """Return the bridge with the address and the undefined-behaviour sanitizer."""
    return build(
        tiny_ios,
        once("ios-bridge-sanitized", lambda folder: build(tiny_ios, folder, sanitize=True)),
        sanitize=True,
    )
