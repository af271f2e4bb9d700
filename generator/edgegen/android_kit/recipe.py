"""Of what a kit is made, so that a changed recipe is made anew, and no part of it twice."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from edgegen import pins
from edgegen.android_kit.kit import Kit

HERE: Final = Path(__file__).parent
# What goes into each part: files and folders of this package, and other parts.
PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "kotlin": ("pom/kotlin.xml",),
    "libraries": ("pom/libraries.xml",),
    "frameworks": ("pom/frameworks.xml",),
    "stubs": ("stubs.py", "signatures.py", "class_files.py", "debian_source.py", "pom/floor.xml"),
    "r8": ("install.py",),
    "resources": ("libraries",),
    "doubles": ("doubles/", "build_doubles.py", "kotlin", "libraries", "stubs"),
}


def digests() -> dict[str, str]:
    """Return a digest of every part's recipe."""
    found: dict[str, str] = {}

    def digest(part: str) -> str:
        if part not in found:
            total = hashlib.sha256(pins.EXECUTORCH.encode() if part == "doubles" else b"")
            for name in PARTS[part]:
                total.update(
                    digest(name).encode() if name in PARTS and name != part else _content(HERE / name)
                )
            found[part] = total.hexdigest()
        return found[part]

    return {part: digest(part) for part in PARTS}


def _content(path: Path) -> bytes:
    files = sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]
    total = hashlib.sha256()
    for file in files:
        if "__pycache__" not in file.parts:
            total.update(file.relative_to(path.parent).as_posix().encode() + b"\0" + file.read_bytes())
    return total.digest()


def made(kit: Kit) -> dict[str, str]:
    """Return what a kit was made of, or nothing when there is none or it is damaged."""
    try:
        read = json.loads(kit.stamp.read_text(encoding="utf-8"))
        return {str(part): str(digest) for part, digest in read["parts"].items()}
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return {}


def write(kit: Kit, parts: Mapping[str, str]) -> None:
    """Write down what a kit was made of."""
    kit.stamp.write_text(json.dumps({"parts": dict(parts)}, indent=2) + "\n", encoding="utf-8")


def summary(parts: Mapping[str, str]) -> str:
    """Return a short name of a recipe."""
    return hashlib.sha256(json.dumps(dict(sorted(parts.items()))).encode()).hexdigest()[:8]
