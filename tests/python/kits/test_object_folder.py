"""Object files of a project are compiled only if a source or a header has changed."""

from pathlib import Path

import pytest

from edgegen.base.errors import ToolchainError
from edgegen_kits.common.commands import Commands
from edgegen_kits.ios.object_folder import ObjectFolder


@pytest.fixture
def launched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file in which a launcher logs its commands."""
    said, launcher = tmp_path / "said", tmp_path / "ccache"
    launcher.write_text(f'#!/bin/sh\necho "$@" >> "{said}"\nexec "$@"\n')
    launcher.chmod(0o755)
    said.touch()
    monkeypatch.setenv("CMAKE_CXX_COMPILER_LAUNCHER", str(launcher))
    return said


def test_object_folder_compiles_changed_files_with_the_cmake_launcher(launched: Path, tmp_path: Path) -> None:
    """Once for an object, and again after a change of one of its headers."""
    (tmp_path / "one.cpp").write_text('#include "one.h"\nint one() { return ONE; }\n')
    (tmp_path / "one.h").write_text("#define ONE 1\n")
    (tmp_path / "out").mkdir()
    with Commands() as commands:
        folder = ObjectFolder(tmp_path / "out", tmp_path, commands, "releases")

        def compiled() -> int:
            assert folder.compile(Path("one.cpp"), ["c++"], "does not compile", "fix it").is_file()
            return len(launched.read_text().splitlines())

        assert [compiled(), compiled()] == [1, 1]
        (tmp_path / "one.h").write_text("#define ONE 2\n")
        assert [compiled(), compiled()] == [2, 2]


def test_object_folder_compiles_an_object_of_other_sources_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes share a folder: a copy may have one's object and the other's list and digest."""
    monkeypatch.delenv("CMAKE_CXX_COMPILER_LAUNCHER", raising=False)
    right = _compile_one(tmp_path).read_bytes()
    (tmp_path / "one.cpp").write_text("int one() { return 2; }\n")
    with Commands() as commands:
        other = ObjectFolder(tmp_path / "out", tmp_path, commands, "releases")
        stamp = tmp_path / "out" / "one.cpp.stamp"
        ours = stamp.read_text()
        assert other.compile(Path("one.cpp"), ["c++"], "", "").read_bytes() != right
        stamp.write_text(ours)
    assert _compile_one(tmp_path).read_bytes() == right


def test_object_folder_ignores_launchers_other_than_ccache(
    launched: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For example sccache, which does not support Zig."""
    monkeypatch.setenv("CMAKE_CXX_COMPILER_LAUNCHER", str((tmp_path / "ccache").rename(tmp_path / "sccache")))
    assert _compile_one(tmp_path).is_file()
    assert launched.read_text() == ""


def test_object_folder_names_a_missing_launcher_and_its_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = f"{tmp_path / 'gone' / 'ccache'};-v"
    monkeypatch.setenv("CMAKE_CXX_COMPILER_LAUNCHER", missing)
    with pytest.raises(ToolchainError) as refused:
        _compile_one(tmp_path)
    assert str(refused.value) == f"CMAKE_CXX_COMPILER_LAUNCHER is {missing}, which cannot be started"
    assert refused.value.hint == "install ccache, or unset CMAKE_CXX_COMPILER_LAUNCHER"


def _compile_one(folder: Path) -> Path:
    (folder / "one.cpp").write_text("int one() { return 1; }\n")
    (folder / "out").mkdir(exist_ok=True)
    with Commands() as commands:
        objects = ObjectFolder(folder / "out", folder, commands, "releases")
        return objects.compile(Path("one.cpp"), ["c++"], "does not compile", "fix it")
