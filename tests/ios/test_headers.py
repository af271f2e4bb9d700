"""The headers of an iOS project on a Mac's file system, where capitals do not count."""

from pathlib import Path

import pytest

from edgegen.kits.ios.kit import STUBS

pytestmark = pytest.mark.full

SEARCHED = ("Core", "Bridge/include")  # HEADER_SEARCH_PATHS


def test_no_header_is_found_in_the_place_of_another(tiny_ios: Path) -> None:
    """Core/vision is in the place of <Vision/...>, Apple's framework: it holds nothing that this has."""
    found = [
        path.relative_to(tiny_ios / folder).as_posix().lower()
        for folder in SEARCHED
        for path in (tiny_ios / folder).rglob("*.h")
    ]
    assert len(found) > 20
    assert len(set(found)) == len(found)
    frameworks = {path.stem.lower() for path in STUBS.glob("*.swiftinterface")} | {"vision"}
    assert "vision" in {name.partition("/")[0] for name in found}
    for framework in frameworks:
        assert f"{framework}/{framework}.h" not in found
        assert f"{framework}.h" not in found
