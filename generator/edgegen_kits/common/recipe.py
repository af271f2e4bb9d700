"""Recipes of kits. Each part has a digest of its inputs; only changed parts are built again."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

STAMP: Final = "recipe.json"  # in a kit: the digests of its recipe

# The inputs of each part: files and folders next to the recipe, and other parts.
Parts = Mapping[str, tuple[str, ...]]


def digests(here: Path, parts: Parts, pins: Mapping[str, str]) -> dict[str, str]:
    """Return the digest of each part's recipe. `pins` has versions that are inputs too."""
    found: dict[str, str] = {}

    def digest(part: str) -> str:
        if part not in found:
            total = hashlib.sha256(pins.get(part, "").encode())
            for name in parts[part]:
                total.update(
                    digest(name).encode() if name in parts and name != part else _content(here / name)
                )
            found[part] = total.hexdigest()
        return found[part]

    return {part: digest(part) for part in parts}


def _content(path: Path) -> bytes:
    files = sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]
    total = hashlib.sha256()
    for file in files:
        if "__pycache__" not in file.parts:
            total.update(file.relative_to(path.parent).as_posix().encode() + b"\0" + file.read_bytes())
    return total.digest()


def read_digests(folder: Path) -> dict[str, str]:
    """Return the digests of the kit in a folder. Empty if there is no kit, or its record is damaged."""
    try:
        read = json.loads((folder / STAMP).read_text(encoding="utf-8"))
        return {str(part): str(digest) for part, digest in read["parts"].items()}
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return {}


def write_digests(folder: Path, parts: Mapping[str, str]) -> None:
    """Record the digests of the kit in a folder."""
    (folder / STAMP).write_text(json.dumps({"parts": dict(parts)}, indent=2) + "\n", encoding="utf-8")


def summary(parts: Mapping[str, str]) -> str:
    """Return a short digest of a recipe."""
    return hashlib.sha256(json.dumps(dict(sorted(parts.items()))).encode()).hexdigest()[:8]
