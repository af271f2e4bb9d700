"""Compilation of the C++ core, where ccache keeps the objects that tests have in common."""

import os
import subprocess
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from types import SimpleNamespace

from edgegen.project.render import render
from tests.helpers.places import ROOT

CORE = ROOT / "templates" / "_shared" / "cpp"
HERE = Path(__file__).resolve().parent
WARNINGS = ("-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror")
# As in a project's CMakeLists.txt. For Clang, the core's source sets it.
CONTRACT = ("-ffp-contract=off",)
PLAIN = ("-O2", *CONTRACT)
UNOPTIMIZED = ("-O1", *CONTRACT)


class _EveryTask(str):
    """The task of a program that tests all tasks: its Result has the parts of each."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False


@cache
def rendered_headers() -> Path:
    """Return the folder of the core's headers that depend on the task."""
    folder = ROOT / "build" / "cpp"  # one for all runs: compilers' caches know it
    header = folder / "vision" / "result.h"
    header.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as rendered:
        spec = SimpleNamespace(task=_EveryTask())
        render("_shared/cpp/vision/result.h.jinja", {"spec": spec}, Path(rendered))
        made = Path(rendered, "result.h")
        if not header.exists() or header.read_bytes() != made.read_bytes():
            made.replace(header)  # in one step: other processes read it
    return folder


def core_units(core: Path) -> list[Path]:
    """Return the core's .cpp files, without those that need the runtime."""
    return sorted(unit for part in ("vision", "tracking", "stored") for unit in (core / part).rglob("*.cpp"))


def compile_core(
    output: Path,
    *sources: Path,
    core: Path = CORE,
    compiler: str = "g++",
    flags: Sequence[str] = PLAIN,
) -> Path:
    """Compile sources together with the core's .cpp files; the output's suffix .so asks for a library."""
    objects = compile_units(
        output.with_name(f"{output.name}.objects"),
        [*sources, *core_units(core)],
        core=core,
        compiler=compiler,
        flags=(*WARNINGS, *flags),
    )
    return linked(output, objects, compiler, flags)


def compile_units(
    folder: Path,
    units: Sequence[Path],
    *,
    core: Path,
    compiler: str = "g++",
    flags: Sequence[str],
    cached: bool = True,
) -> list[Path]:
    """Compile .cpp files, each by itself; return the object files, named after them.

    In the core's folder, by the names that files have there: where ccache is, what a copy of the core has in
    common with it is not compiled again, unless cached is False. All of them could be of a library, so that
    programs have the same objects.
    """
    folder.mkdir(parents=True, exist_ok=True)
    launcher = os.environ.get("CMAKE_CXX_COMPILER_LAUNCHER") if cached else None  # conftest.py sets it
    headers = ("-MD", "-I.", f"-I{rendered_headers()}")
    compilation = [*([launcher] if launcher else []), compiler, "-std=c++17", *flags, "-fPIC", *headers]

    def compiled(unit: Path) -> Path:
        made = folder / f"{unit.stem}.o"
        _run(
            [*compilation, "-c", unit.relative_to(core) if unit.is_relative_to(core) else unit, "-o", made],
            core,
        )
        return made

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(compiled, units))


def linked(output: Path, objects: Sequence[Path], compiler: str = "g++", flags: Sequence[str] = ()) -> Path:
    """Link object files; the output's suffix .so asks for a library."""
    shared = ("-shared",) if output.suffix == ".so" else ()
    _run([compiler, *flags, *shared, *objects, "-o", output], output.parent)
    return output


def _run(command: Sequence[str | Path], folder: Path) -> None:
    result = subprocess.run(
        [str(part) for part in command], cwd=folder, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
