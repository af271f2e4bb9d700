"""Fixtures: the bridge of the tiny model's iOS project, compiled once, with and without sanitizers."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from edgegen_kits.ios import objects
from edgegen_kits.ios.bridge_build import sources
from edgegen_kits.ios.kit import Kit
from tests.helpers.ios_projects import begun
from tests.helpers.once import Once
from tests.ios.bridge.calls import EXECUTORCH, Bridge, BridgeOf, build


@pytest.fixture(scope="session")
def bridge_of(once: Once, ios_kit: Kit, ios_of: Callable[[str], Path]) -> BridgeOf:
    """Return a function that returns the compiled bridge of a task's project. Not to be written to."""

    def get(task: str) -> Bridge:
        project = ios_of(task)

        def make(folder: Path) -> None:
            begun(ios_kit, "bridge", folder)
            build(project, folder)

        return Bridge(project, once(f"ios-bridge-{task}", make) / "fast" / "harness")

    return get


@pytest.fixture(scope="session")
def sanitized_segment(once: Once, sanitized: Bridge, ios_of: Callable[[str], Path]) -> Bridge:
    """Return the sanitized bridge of the segment project; it reuses the objects of the detect project."""
    project = ios_of("segment")

    def make(folder: Path) -> None:
        shutil.copytree(Path(sanitized.program).parents[1], folder, dirs_exist_ok=True)
        build(project, folder, sanitize=True)

    return Bridge(project, once("ios-bridge-sanitized-segment", make) / "sanitized" / "harness")


@pytest.fixture(scope="session")
def phone_objects(once: Once, ios_kit: Kit, tiny_ios: Path) -> list[Path]:
    """Return the project's objects for the phone. Not to be written to."""

    def make(folder: Path) -> None:
        begun(ios_kit, "objects", folder)
        assert objects.check(ios_kit, tiny_ios, folder, executorch=EXECUTORCH) == []

    folder = once("ios-objects", make)
    places = [path.relative_to(tiny_ios).as_posix() for path in sources(tiny_ios)]
    return [folder / (place.replace("/", "_") + ".o") for place in places]


@pytest.fixture(scope="session")
def bridge(bridge_of: BridgeOf) -> Bridge:
    """Return the detector's bridge, compiled without sanitizers."""
    return bridge_of("detect")


@pytest.fixture(scope="session")
def compiled(bridge: Bridge) -> Path:
    """Return the folder with the compiled objects of the detector's bridge. Not to be written to."""
    return Path(bridge.program).parents[1]


@pytest.fixture(scope="session")
def sanitized(once: Once, ios_kit: Kit, tiny_ios: Path) -> Bridge:
    """Return the bridge with the address and the undefined-behaviour sanitizer."""
    folder = once("ios-bridge-sanitized", lambda folder: build(tiny_ios, folder, sanitize=True))
    # Another build would return its path, but another test process may be running the program.
    return Bridge(tiny_ios, folder / "sanitized" / "harness")
