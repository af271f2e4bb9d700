"""Tests of the bridge's build: its cache, warnings, and missing tools."""

from pathlib import Path

import pytest

from edgegen.base.errors import ParityError, ToolchainError
from edgegen_kits.common.commands import Commands
from edgegen_kits.ios import clang
from tests.helpers.mutating import replaced
from tests.ios.bridge.calls import Bridge, build, copy_of


@pytest.fixture
def copied(compiled: Path, tiny_ios: Path, tmp_path: Path) -> tuple[Path, Path]:
    """Return a project of this test alone, and its compiled objects."""
    return copy_of(tiny_ios, compiled, tmp_path)


def objects(out: Path) -> dict[str, int]:
    """Return the time at which each object was written."""
    return {path.name: path.stat().st_mtime_ns for path in (out / "fast").glob("*.o")}


@pytest.mark.full
def test_build_compiles_only_changed_files_and_those_that_include_them(copied: tuple[Path, Path]) -> None:
    """A copy of a project is not compiled again."""
    project, out = copied
    before = objects(out)
    assert before
    build(project, out)
    assert objects(out) == before

    replaced(project / "Bridge" / "EDGErrors.mm", "#include <cstring>", "#include <cstring>  // for strlen")
    build(project, out)
    after = objects(out)
    assert {name for name in before if after[name] != before[name]} == {"Bridge_EDGErrors.mm.o"}

    replaced(project / "Core" / "capture" / "capture.h", "#pragma once", "#pragma once  // for the bridge")
    build(project, out)
    changed = {name for name, time in objects(out).items() if time != after[name]}
    assert changed == {"Bridge_EDGCapture.mm.o", "Core_capture_capture.cpp.o"}


@pytest.mark.full
def test_build_reports_a_warning_as_an_error_with_file_and_line(copied: tuple[Path, Path]) -> None:
    project, out = copied
    replaced(
        project / "Bridge" / "EDGErrors.mm", "#include <cstring>", "#include <cstring>\nstatic int never = 1;"
    )
    with pytest.raises(
        ToolchainError, match=r"Bridge/EDGErrors\.mm does not compile:\n.*EDGErrors\.mm:4:12.*never"
    ):
        build(project, out)


@pytest.mark.full
def test_run_reports_a_harness_that_ends_with_its_error(bridge: Bridge) -> None:
    """After an unknown call, and after a call without a loaded detector."""
    with pytest.raises(ParityError, match="ended with code 1: error: "):
        bridge.run({"call": "nothing"})
    with pytest.raises(ParityError, match="no detector is loaded"):
        bridge.run({"call": "detect"})


def test_find_names_missing_clang_sanitizers_and_gnustep(monkeypatch: pytest.MonkeyPatch) -> None:
    with Commands() as commands:
        monkeypatch.setattr(clang, "_has_sanitizers", lambda *_: False)
        with pytest.raises(ToolchainError, match="sanitizers are missing"):
            clang.find(commands, sanitizers=True)
        monkeypatch.setattr(clang, "_HEADERS", ("/nowhere/GNUstep",))
        with pytest.raises(ToolchainError, match="GNUstep is missing") as caught:
            clang.find(commands)
        assert "edgegen doctor --target ios" in str(caught.value.hint)
        monkeypatch.setattr(clang, "OLDEST", 1000)
        with pytest.raises(ToolchainError, match="Clang 1000 or newer is missing"):
            clang.find(commands)
