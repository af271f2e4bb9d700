"""Of what a kit is made, so that a changed recipe is made anew, and no part of it twice."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

STAMP: Final = "recipe.json"  # the file in a kit that says of which recipe it is

# What goes into each part: files and folders beside the recipe, and other parts.
Parts = Mapping[str, tuple[str, ...]]


def digests(here: Path, parts: Parts, pins: Mapping[str, str]) -> dict[str, str]:
    """Return a digest of every part's recipe. `pins` has the versions that go into a part as well."""
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


def made(folder: Path) -> dict[str, str]:
    """Return what the kit in a folder was made of, or nothing when there is none or it is damaged."""
    try:
        read = json.loads((folder / STAMP).read_text(encoding="utf-8"))
        return {str(part): str(digest) for part, digest in read["parts"].items()}
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return {}


def write(folder: Path, parts: Mapping[str, str]) -> None:
    """Write down what a kit was made of."""
    (folder / STAMP).write_text(json.dumps({"parts": dict(parts)}, indent=2) + "\n", encoding="utf-8")


def summary(parts: Mapping[str, str]) -> str:
    """Return a short name of a recipe."""
    return hashlib.sha256(json.dumps(dict(sorted(parts.items()))).encode()).hexdigest()[:8]
