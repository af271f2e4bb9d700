"""Tests of the cache of compiled Swift: the same files are compiled once, also for another project."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from edgegen_kits.common import build_cache
from edgegen_kits.common.build_cache import BuildCache
from edgegen_kits.common.commands import Commands, ProgramResult
from edgegen_kits.ios import recipe, swift_compiler
from edgegen_kits.ios.kit import Kit
from edgegen_kits.ios.swift_compiler import Compiler, Module, problems

ADDS = "public func add(_ a: Int, _ b: Int) -> Int { a + b }\n"
CALLS = "import Sums\nfunc three() -> Int { add(1, 2) }\n"


class Counting(Commands):
    """Counts the programs that it runs."""

    count = 0

    def ask(self, *arguments: Any, **more: Any) -> ProgramResult:
        """Run one."""
        self.count += 1
        return super().ask(*arguments, **more)


@pytest.fixture
def kit(ios_kit: Kit, tmp_path: Path) -> Kit:
    """Return the kit in a separate folder with an empty cache."""
    folder = tmp_path / "kit"
    folder.mkdir()
    for part in (ios_kit.root, ios_kit.modules):
        (folder / part.name).symlink_to(part)
    return Kit(folder)


@pytest.fixture
def commands() -> Iterator[Counting]:
    """Return commands that count the programs they run."""
    with Counting() as counting:
        yield counting


def project(folder: Path, text: str = ADDS, name: str = "Sums.swift") -> Path:
    (folder / "App").mkdir(parents=True)
    (folder / "App" / name).write_text(text, encoding="utf-8")
    return folder


def sums(kit: Kit, commands: Commands, of: Path, **more: Any) -> tuple[ProgramResult, Path]:
    """Compile a project's one file into an object and a module. Return the output and the folder."""
    out = of.with_name(f"{of.name} out")
    out.mkdir(exist_ok=True)
    module = Module("Sums", sorted((of / "App").iterdir()), **more)
    files: tuple[str | Path, ...] = (
        "-c",
        "-o",
        out / "Sums.o",
        "-emit-module-path",
        out / "Sums.swiftmodule",
    )
    return Compiler(kit, of, commands).run(module, *files), out


def calls(kit: Kit, commands: Commands, of: Path, seen: Path) -> ProgramResult:
    """Compile a file that imports that module."""
    source = of / "Calls.swift"
    source.write_text(CALLS, encoding="utf-8")
    module = Module("Calls", [source], [seen])
    return Compiler(kit, of, commands).run(module, "-emit-sil", "-o", "/dev/null")


@pytest.mark.full
def test_cache_gives_another_project_the_same_files_byte_for_byte(
    kit: Kit, commands: Counting, tmp_path: Path
) -> None:
    """Code that imports the module is not compiled again either."""
    one, other = project(tmp_path / "one"), project(tmp_path / "other")
    said, made = sums(kit, commands, one)
    assert (said.code, commands.count) == (0, 1), said.text
    assert calls(kit, commands, one, made).code == 0
    assert commands.count == 2
    said, again = sums(kit, commands, other)
    assert (said.code, commands.count) == (0, 2)
    names = ["Sums.o", "Sums.swiftmodule"]
    assert sorted(path.name for path in again.iterdir()) == names
    assert [(made / name).read_bytes() for name in names] == [(again / name).read_bytes() for name in names]
    assert calls(kit, commands, other, again).code == 0
    assert commands.count == 2
    assert str(tmp_path).encode() not in (made / "Sums.o").read_bytes()


@pytest.mark.full
@pytest.mark.parametrize(
    ("change", "more"),
    [
        (lambda folder: (folder / "App/Sums.swift").write_text(ADDS.replace("+", "-")), {}),
        (lambda folder: (folder / "App/Sums.swift").rename(folder / "App/Totals.swift"), {}),
        (lambda folder: (folder / "App/More.swift").write_text("let four = 4\n"), {}),
        (lambda folder: None, {"flags": ("-swift-version", "5")}),
        (lambda folder: None, {"warnings_are_errors": False}),
        (lambda folder: None, {"implicit": ("Swift",)}),
    ],
    ids=["a line", "a name", "one more file", "a flag", "how warnings are taken", "what all files see"],
)
def test_cache_misses_when_a_line_a_file_or_a_flag_differs(
    kit: Kit, commands: Counting, tmp_path: Path, change: Callable[[Path], object], more: dict[str, Any]
) -> None:
    sums(kit, commands, project(tmp_path / "one"))
    other = project(tmp_path / "other")
    change(other)
    said, _ = sums(kit, commands, other, **more)
    assert (said.code, commands.count) == (0, 2), said.text


@pytest.mark.full
def test_cache_misses_when_the_compiler_or_an_imported_module_differs(
    kit: Kit, commands: Counting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = project(tmp_path / "one")
    _, made = sums(kit, commands, one)
    assert calls(kit, commands, one, made).code == 0
    _, fewer = sums(kit, commands, project(tmp_path / "two", ADDS.replace("add", "sum")))
    assert commands.count == 3
    assert problems(calls(kit, commands, one, fewer), "Calls", one) == [
        "Calls.swift:2: cannot find 'add' in scope"
    ]
    monkeypatch.setattr(recipe, "digests", lambda: {"swift": "another"})
    assert calls(kit, commands, one, made).code == 0
    assert commands.count == 5


@pytest.mark.full
def test_cache_keeps_no_failed_compilation(kit: Kit, commands: Counting, tmp_path: Path) -> None:
    wrong = project(tmp_path / "one", ADDS.replace("a + b", "a + c"))
    for count in (1, 2):
        said, _ = sums(kit, commands, wrong)
        assert problems(said, "Sums", wrong) == ["App/Sums.swift:1: cannot find 'c' in scope"]
        assert commands.count == count


@pytest.mark.full
@pytest.mark.parametrize("damage", [Path.unlink, lambda file: file.write_bytes(file.read_bytes()[:-9])])
def test_cache_replaces_a_damaged_entry(
    kit: Kit, commands: Counting, tmp_path: Path, damage: Callable[[Path], object]
) -> None:
    """A file of the entry is missing or cut."""
    one = project(tmp_path / "one")
    sums(kit, commands, one)
    (kept,) = kit.build_cache.iterdir()
    damage(kept / "Sums.o")
    for _ in range(2):
        assert sums(kit, commands, one)[0].code == 0
        assert commands.count == 2


@pytest.mark.full
def test_compiler_works_without_a_cache_folder(kit: Kit, commands: Counting, tmp_path: Path) -> None:
    kit.build_cache.write_text("no folder")
    for count in (1, 2):
        assert sums(kit, commands, project(tmp_path / str(count)))[0].code == 0
        assert commands.count == count


@pytest.mark.full
def test_cache_keeps_no_result_of_a_file_that_changed_during_compilation(
    kit: Kit, commands: Counting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the cache would hide the earlier mistake when it returns."""
    one, real = project(tmp_path / "one", ADDS.replace("a + b", "a + c")), commands.ask

    def mended(*arguments: Any, **more: Any) -> ProgramResult:
        (one / "App" / "Sums.swift").write_text(ADDS)
        return real(*arguments, **more)

    monkeypatch.setattr(commands, "ask", mended)
    assert sums(kit, commands, one)[0].code == 0
    monkeypatch.undo()
    (one / "App" / "Sums.swift").write_text(ADDS.replace("a + b", "a + c"))
    assert sums(kit, commands, one)[0].code == 1


@pytest.mark.full
@pytest.mark.parametrize("flag", ["x86_64-pc-linux-gnu", "-enable-testing"])
def test_cache_misses_when_edgegen_passes_other_flags(
    kit: Kit, commands: Counting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flag: str
) -> None:
    one, flags = project(tmp_path / "one"), swift_compiler._flags_without_paths
    sums(kit, commands, one)
    monkeypatch.setattr(
        swift_compiler,
        "_flags_without_paths",
        lambda module: ["-Onone" if each == flag else each for each in flags(module)],
    )
    sums(kit, commands, one)
    assert commands.count == 2


@pytest.mark.full
def test_cache_ignores_the_folder_of_a_file_outside_the_project(
    kit: Kit, commands: Counting, tmp_path: Path
) -> None:
    """The list of a run's tests is in another folder each time."""
    one = project(tmp_path / "one")
    for name, count in (("first", 1), ("second", 1), ("third", 2)):
        beside = project(tmp_path / name, ADDS.replace("add", "sum") if name == "third" else ADDS)
        module = Module("Sums", [beside / "App" / "Sums.swift"])
        said = Compiler(kit, one, commands).run(module, "-emit-sil", "-o", "/dev/null")
        assert (said.code, commands.count) == (0, count)


def test_cache_removes_the_least_recently_used_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build_cache, "_MOST", 3)
    cache, file = BuildCache(tmp_path / "cache"), tmp_path / "App.o"
    for name in ("one", "two", "three"):
        file.write_text(name)
        cache.store(name, [file])
    assert cache.restore("one", [file])
    assert file.read_text() == "one"
    cache.store("four", [file])
    assert sorted(path.name for path in cache.folder.iterdir()) == ["four", "one", "three"]
    assert not cache.restore("two", [file])
