"""The cache of lowered programs: hits, and misses if a cached program does not equal PyTorch."""

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from edgegen import runtimes
from edgegen.artifacts.pte import read_pte
from edgegen.export import program_cache
from edgegen.export.exporting import export_checkpoint
from edgegen.export.program_cache import CachedProgram
from edgegen.runtimes.executorch.runtime import ExecuTorch
from edgegen.sources.ultralytics.checkpoint import load
from tests.helpers.places import ROOT

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

MADE_BY = {"torch": "2.0"}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return edgegen's folder with an empty cache."""
    monkeypatch.setenv("EDGEGEN_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@dataclass
class Lowering:
    """Replaces the lowering of the tiny checkpoint: returns an earlier result and counts the calls."""

    pte: Path
    count: int = 0

    def __call__(self, *_: object) -> tuple[bytes, tuple[tuple[int, ...], ...]]:
        self.count += 1
        (method,) = read_pte(self.pte).methods
        return self.pte.read_bytes(), tuple(each.shape for each in method.outputs)


@pytest.fixture
def lowering(tiny_export: Path, monkeypatch: pytest.MonkeyPatch) -> Lowering:
    """Count how often the tiny checkpoint is lowered."""
    counted = Lowering(tiny_export / "model.pte")
    monkeypatch.setattr(runtimes.default(), "lower", counted)
    return counted


def programs(home: Path) -> list[Path]:
    return sorted((home / "programs").iterdir())


@pytest.mark.full
def test_cache_lowers_a_checkpoint_once_under_any_name(
    home: Path, lowering: Lowering, tiny_checkpoint: Path, tmp_path: Path
) -> None:
    """The second export differs only in the checkpoint's name."""
    first = export_checkpoint(tiny_checkpoint, tmp_path / "first")
    (program,) = programs(home)
    shutil.copy(tiny_checkpoint, tmp_path / "birds.pt")
    second = export_checkpoint(tmp_path / "birds.pt", tmp_path / "second")
    assert lowering.count == 1
    assert programs(home) == [program]
    assert first.pte.read_bytes() == second.pte.read_bytes() == program.read_bytes()
    assert second.name == "birds"
    assert first.output == second.output


def test_cache_key_changes_with_head_size_library_and_edgegen_source(
    home: Path, tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    checkpoint, runtime = load(tiny_checkpoint), runtimes.default()
    makers = (checkpoint, runtime)

    def key(*about: object, versions: dict[str, str] = MADE_BY) -> str:
        return CachedProgram.of(checkpoint.sha256, *about, makers=makers, versions=versions).key

    keys = [
        key("raw", (160, 160)),
        key("decoded", (160, 160)),
        key("raw", (160, 96)),
        key("raw", (160, 160), versions={"torch": "2.1"}),
    ]
    own = tmp_path / "edgegen"
    shutil.copytree(
        Path(program_cache.edgegen.__path__[0]), own, ignore=shutil.ignore_patterns("__pycache__")
    )
    monkeypatch.setattr(program_cache.edgegen, "__path__", [str(own)])
    with (own / "cli" / "new.py").open("a") as file:
        file.write("# a line that no lowering reaches\n")
    program_cache._lowering_code.cache_clear()
    assert key("raw", (160, 160)) == keys[0]
    with (own / "runtimes" / "executorch" / "lower.py").open("a") as file:
        file.write("# another line\n")
    program_cache._lowering_code.cache_clear()
    keys.append(key("raw", (160, 160)))
    monkeypatch.undo()
    program_cache._lowering_code.cache_clear()
    assert len(set(keys)) == len(keys)


def test_cache_key_covers_every_package_that_lowering_may_import() -> None:
    """By the layers that import-linter checks."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    reached = layers[layers.index("edgegen.runtimes") :]
    assert ("export", *(name.removeprefix("edgegen.") for name in reached)) == program_cache._LOWERING


@pytest.mark.full
def test_cached_program_that_disagrees_with_pytorch_is_lowered_again(
    home: Path, lowering: Lowering, tiny_checkpoint: Path, tmp_path: Path
) -> None:
    """For example because a library was edited; cached programs are compared like new ones."""
    export_checkpoint(tiny_checkpoint, tmp_path / "right")
    (right,) = programs(home)
    content = right.read_bytes()
    place = CachedProgram(right.name.partition("-")[0])
    place.forget()
    changed = bytearray(content)
    changed[-20_000:] = bytes(20_000)  # among the weights
    place.write(bytes(changed))
    assert place.read() is not None
    again = export_checkpoint(tiny_checkpoint, tmp_path / "again")
    assert lowering.count == 2
    assert again.pte.read_bytes() == content
    assert [path.read_bytes() for path in programs(home)] == [content]


@pytest.mark.full
def test_cached_extra_program_that_disagrees_with_pytorch_leaves_the_cache(
    home: Path, tiny_checkpoint: Path, tmp_path: Path
) -> None:
    web = {"backends": ("onnx",), "optional_backends": ("onnx",)}
    export_checkpoint(tiny_checkpoint, tmp_path / "right", **web)
    (right,) = home.rglob("*.onnx")
    place = CachedProgram(right.name.partition("-")[0], ".onnx")
    changed = bytearray(right.read_bytes())
    middle = len(changed) // 2  # among the weights
    changed[middle : middle + 20_000] = bytes(20_000)
    place.forget()
    place.write(bytes(changed))
    assert export_checkpoint(tiny_checkpoint, tmp_path / "wrong", **web).extra_programs == ()
    assert len(export_checkpoint(tiny_checkpoint, tmp_path / "again", **web).extra_programs) == 1


@pytest.mark.full
@pytest.mark.parametrize("damage", [lambda data: data[:1000], lambda _: b"", lambda data: data + b"\0"])
def test_cache_ignores_a_damaged_program(
    home: Path, damage: Callable[[bytes], bytes], tiny_export: Path
) -> None:
    """Truncated, empty, or changed by another program."""
    place, program = CachedProgram("0" * 32), (tiny_export / "model.pte").read_bytes()
    assert place.read() is None
    place.write(program)
    found = place.read()
    assert found is not None
    assert found[0] == program
    (path,) = programs(home)
    path.write_bytes(damage(program))
    assert place.read() is None
    place.write(program)
    assert place.read() == found


@pytest.mark.full
def test_export_lowers_if_the_cache_folder_cannot_be_created(
    home: Path, lowering: Lowering, tiny_checkpoint: Path, tmp_path: Path
) -> None:
    """A file has the name of the folder."""
    home.mkdir()
    (home / "programs").write_text("no folder")
    for name in ("first", "second"):
        export_checkpoint(tiny_checkpoint, tmp_path / name)
    assert lowering.count == 2
    assert (home / "programs").read_text() == "no folder"


@pytest.mark.full
def test_cache_removes_the_least_recently_used_program_and_partial_files(
    home: Path, tiny_export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    program = (tiny_export / "model.pte").read_bytes()
    monkeypatch.setattr(program_cache, "LIMIT", 2 * len(program))
    for age, letter in enumerate("ab"):
        CachedProgram(letter * 32).write(program)
        (path,) = (home / "programs").glob(f"{letter}*")
        os.utime(path, (1000 + age, 1000 + age))
    (home / "programs" / "begun.part").write_bytes(b"0")
    os.utime(home / "programs" / "begun.part", (10, 10))
    assert CachedProgram("a" * 32).read() is not None  # used now
    CachedProgram("c" * 32).write(program)
    assert [path.name[0] for path in programs(home)] == ["a", "c"]
    CachedProgram("d" * 32).write(program * 3)
    assert [path.name[0] for path in programs(home)] == ["a", "c"]


def test_cache_does_not_store_programs_of_a_third_party_runtime(home: Path, tiny_checkpoint: Path) -> None:
    """Its code may change while edgegen's code stays the same."""

    class Other(ExecuTorch):
        """A third-party runtime."""

    place = CachedProgram.of("raw", makers=(load(tiny_checkpoint), Other()), versions=MADE_BY)
    place.write(b"program")
    assert place.read() is None
    assert not home.exists()
