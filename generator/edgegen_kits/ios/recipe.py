"""Of what the iOS kit is made."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from edgegen_kits.common import recipe

HERE: Final = Path(__file__).parent
SWIFT: Final = "6.0.3"
ZIG: Final = "0.17.0"
# Of the wheel for Linux on x86_64, as PyPI has it.
ZIG_SHA256: Final = "97079827064a7492cce5541ceb438ae8003ce1e54e399676da2d62fb7a5dc08b"
PARTS: Final[Mapping[str, tuple[str, ...]]] = {"swift": ("swift_packages.py",), "zig": ("zig_wheel.py",)}


def digests() -> dict[str, str]:
    """Return a digest of every part's recipe."""
    return recipe.digests(HERE, PARTS, {"swift": SWIFT, "zig": ZIG + ZIG_SHA256})
