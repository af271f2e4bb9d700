"""Tests of header names in an iOS project on a Mac's case-insensitive file system."""

from pathlib import Path

import pytest

from edgegen_kits.ios.kit import STUBS

pytestmark = pytest.mark.full

SEARCHED = ("Core", "Bridge/include")  # HEADER_SEARCH_PATHS


def test_header_names_clash_neither_with_each_other_nor_with_frameworks(tiny_ios: Path) -> None:
    """Core/vision shadows the folder of <Vision/...>, Apple's framework: no header may have the same path."""
    found = [
        path.relative_to(tiny_ios / folder).as_posix().lower()
        for folder in SEARCHED
        for path in (tiny_ios / folder).rglob("*.h")
    ]
    assert found
    assert len(set(found)) == len(found)
    frameworks = {path.stem.lower() for path in STUBS.glob("*.swiftinterface")} | {"vision"}
    assert "vision" in {name.partition("/")[0] for name in found}
    for framework in frameworks:
        assert f"{framework}/{framework}.h" not in found
        assert f"{framework}.h" not in found
