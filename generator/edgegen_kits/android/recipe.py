"""The recipe of the Android kit."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from edgegen.base import pins
from edgegen.base.files import file_sha256
from edgegen_kits.common import recipe
from edgegen_kits.common.executorch import STEERED

HERE: Final = Path(__file__).parent
PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "kotlin": ("pom/kotlin.xml",),
    "libraries": ("pom/libraries.xml",),
    "frameworks": ("pom/frameworks.xml",),
    "stubs": (
        "stubs.py",
        "api_types.py",
        "signatures.py",
        "brackets.py",
        "constants.py",
        "class_reader.py",
        "class_writer.py",
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
    """Return the digest of each part's recipe."""
    steered = file_sha256(STEERED)
    return recipe.digests(HERE, PARTS, {"doubles": f"{pins.EXECUTORCH} {steered}"})
