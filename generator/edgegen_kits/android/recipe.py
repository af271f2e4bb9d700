"""Of what the Android kit is made."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from edgegen.base import pins
from edgegen_kits.common import recipe

HERE: Final = Path(__file__).parent
PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "kotlin": ("pom/kotlin.xml",),
    "libraries": ("pom/libraries.xml",),
    "frameworks": ("pom/frameworks.xml",),
    "stubs": (
        "stubs.py",
        "api_types.py",
        "signatures.py",
        "class_files.py",
        "debian_source.py",
        "public_names.py",
        "java/PublicStubs.java",
        "pom/stubs.xml",
    ),
    "r8": ("install.py",),
    "resources": ("libraries",),
    "doubles": ("doubles/", "build_doubles.py", "kotlin", "libraries", "stubs"),
}


def digests() -> dict[str, str]:
    """Return a digest of every part's recipe."""
    return recipe.digests(HERE, PARTS, {"doubles": pins.EXECUTORCH})
