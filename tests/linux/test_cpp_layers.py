"""The folders of the shared C++ include each other in one direction only."""

import re
from pathlib import Path

import pytest

from tests.helpers.places import ROOT

CPP = ROOT / "templates" / "_shared" / "cpp"
# The other folders that a folder may include.
MAY_USE = {
    "vision": set[str](),
    "stored": {"vision"},
    "tracking": {"vision"},
    "support": set[str](),
    "detector": {"vision", "support", "build_info.h"},
    "json": {"vision", "support"},
    "capture": {"vision", "support", "detector", "json"},
    "parity": {"vision", "support", "detector"},
}


def included(folder: Path) -> set[str]:
    """Return the folders, or the files next to them, that the includes of a folder name."""
    names = set()
    for path in (*folder.rglob("*.h"), *folder.rglob("*.h.jinja"), *folder.rglob("*.cpp")):
        for name in re.findall(r'#include "([^"]+)"', path.read_text(encoding="utf-8")):
            beside = (path.parent / name).resolve()
            found = beside.relative_to(CPP.resolve()).as_posix() if beside.is_file() else name
            names.add(found.partition("/")[0])
    return names - {folder.name}


@pytest.mark.parametrize("name", MAY_USE)
def test_cpp_folder_includes_only_the_folders_it_may_use(name: str) -> None:
    """Letterbox, decode and NMS include nothing of the app and of the runtime."""
    assert included(CPP / name) <= MAY_USE[name]
    assert included(CPP / "capture") > {"vision", "support"}  # the search finds includes


def test_table_lists_every_cpp_folder() -> None:
    assert {path.name for path in CPP.iterdir() if path.is_dir()} == MAY_USE.keys()


def test_included_resolves_relative_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in (("vision/a.h", '#include "../detector/b.h"\n#include "c.h"\n'), ("detector/b.h", "")):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text)
    (tmp_path / "vision" / "c.h").touch()
    monkeypatch.setattr("tests.linux.test_cpp_layers.CPP", tmp_path)
    assert included(tmp_path / "vision") == {"detector"}
