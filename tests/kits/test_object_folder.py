"""Objects of a project's files, compiled where something of them has changed."""

from pathlib import Path

import pytest

from edgegen.kits.common.commands import Commands
from edgegen.kits.ios.object_folder import ObjectFolder


@pytest.fixture
def launched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file into which a launcher writes the commands that it starts."""
    said, launcher = tmp_path / "said", tmp_path / "launcher"
    launcher.write_text(f'#!/bin/sh\necho "$@" >> "{said}"\nexec "$@"\n')
    launcher.chmod(0o755)
    said.touch()
    monkeypatch.setenv("CMAKE_CXX_COMPILER_LAUNCHER", str(launcher))
    return said


def test_the_launcher_that_cmake_would_take_compiles_what_is_new(launched: Path, tmp_path: Path) -> None:
    """Once for an object, and again when a header of its has changed."""
    (tmp_path / "one.cpp").write_text('#include "one.h"\nint one() { return ONE; }\n')
    (tmp_path / "one.h").write_text("#define ONE 1\n")
    (tmp_path / "out").mkdir()
    with Commands() as commands:
        folder = ObjectFolder(tmp_path / "out", tmp_path, commands, "releases")

        def compiled() -> int:
            assert folder.compile(Path("one.cpp"), ["c++"], "does not compile", "mend it").is_file()
            return len(launched.read_text().splitlines())

        assert [compiled(), compiled()] == [1, 1]
        (tmp_path / "one.h").write_text("#define ONE 2\n")
        assert [compiled(), compiled()] == [2, 2]
