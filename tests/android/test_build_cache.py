"""Kotlin that compiled before is not compiled again, whichever project it is in."""

from pathlib import Path

import pytest

from edgegen.base.errors import ToolchainError
from edgegen_kits.android.compiler import Compilation, Compiler
from edgegen_kits.android.kit import Kit
from edgegen_kits.common.commands import Commands

pytestmark = pytest.mark.full

ADD = "package sums\ninternal fun add(a: Int, b: Int) = a + b\n"
CALL = "package sums\nval three = add(1, 2)\n"


@pytest.fixture
def kit(android_kit: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kit:
    """Return the kit with an empty cache. Its compiler is the warm one of the other tests."""
    monkeypatch.setattr(Kit, "build_cache", tmp_path / "build-cache")
    return android_kit


class CountingCompiler:
    """Compiles a file, and counts how often the Kotlin compiler runs."""

    def __init__(self, kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
        self._kit = kit
        self.count = 0
        run = Compiler.run

        def counted(compiler: Compiler, arguments: list[str], listed: Path) -> tuple[int, str]:
            self.count += 1
            return run(compiler, arguments, listed)

        monkeypatch.setattr(Compiler, "run", counted)

    def compile(self, folder: Path, text: str, flag: str = "-Werror", friend: Path | None = None) -> Path:
        """Compile a text in a folder; return the folder of its classes."""
        (folder / "sums").mkdir(parents=True, exist_ok=True)
        source, output = folder / "sums" / "Sums.kt", folder / "classes"
        source.write_text(text)
        used = [friend] if friend else []
        with Commands() as commands, Compiler(self._kit, commands) as kotlin:
            kotlin.compile_once(Compilation([source], used, output, (flag,), friend=friend), "Sums.kt")
        return output


@pytest.fixture
def compiler(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> CountingCompiler:
    """Return the compiler, counted."""
    return CountingCompiler(kit, monkeypatch)


def files(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_same_source_in_another_project_is_not_compiled(
    compiler: CountingCompiler, tmp_path: Path
) -> None:
    one = compiler.compile(tmp_path / "one", ADD)
    other = compiler.compile(tmp_path / "other", ADD)
    assert compiler.count == 1
    assert files(one) == files(other)
    assert any(name.endswith(".class") for name in files(one))


def test_a_changed_source_flag_or_class_path_is_compiled(compiler: CountingCompiler, tmp_path: Path) -> None:
    add = compiler.compile(tmp_path / "add", ADD)
    compiler.compile(tmp_path / "changed", ADD.replace("a + b", "b + a"))
    compiler.compile(tmp_path / "flag", ADD, "-nowarn")
    compiler.compile(tmp_path / "call", CALL, friend=add)
    assert compiler.count == 4
    (add / "sums" / "more.txt").write_text("a file of the classes")
    compiler.compile(tmp_path / "call again", CALL, friend=add)
    assert compiler.count == 5


def test_a_source_that_does_not_compile_is_rejected_each_time(
    compiler: CountingCompiler, tmp_path: Path
) -> None:
    for name in ("one", "other"):
        with pytest.raises(ToolchainError, match="does not compile"):
            compiler.compile(tmp_path / name, CALL)
    assert compiler.count == 2


def test_a_damaged_entry_is_compiled_and_replaced(
    kit: Kit, compiler: CountingCompiler, tmp_path: Path
) -> None:
    sound = files(compiler.compile(tmp_path / "one", ADD))
    (entry,) = kit.build_cache.iterdir()
    (entry / "classes.zip").write_bytes(b"damaged")
    assert files(compiler.compile(tmp_path / "two", ADD)) == sound
    assert files(compiler.compile(tmp_path / "three", ADD)) == sound
    assert compiler.count == 2
