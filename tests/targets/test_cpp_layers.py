"""The C++ that projects share points one way, as edgegen's own packages do."""

import re
from pathlib import Path

import pytest

from conftest import ROOT

CPP = ROOT / "templates" / "_shared" / "cpp"
# Which of the others a folder may include: what takes its numbers out of a program needs no more than these.
MAY_USE = {
    "vision": {"nv12"},  # rows of a stored picture, on iOS only
    "nv12": {"vision"},
    "support": set[str](),
    "detector": {"vision", "support", "build_info.h"},
    "capture": {"vision", "support", "detector"},
}


def included(folder: Path) -> set[str]:
    """Return the folders, or the files beside them, that a folder's own includes name."""
    names = set()
    for path in (*folder.rglob("*.h"), *folder.rglob("*.cpp")):
        for name in re.findall(r'#include "([^"]+)"', path.read_text(encoding="utf-8")):
            names.add(folder.name if (path.parent / name).is_file() else name.partition("/")[0])
    return names - {folder.name}


@pytest.mark.parametrize("name", MAY_USE)
def test_a_folder_includes_only_what_is_below_it(name: str) -> None:
    """Letterbox, decode and NMS know of no app, and of no runtime."""
    assert included(CPP / name) <= MAY_USE[name]
    assert included(CPP / "capture") > {"vision", "support"}  # what is looked for is found
