"""Compilation of the Kotlin core with the kit's compiler."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from edgegen_kits.android.kit import Kit
from tests.helpers.kotlin_compiler import compile_kotlin
from tests.helpers.places import ROOT

HERE = Path(__file__).resolve().parent
MODULES = tuple(ROOT / "templates" / "android" / name for name in ("vision", "parity"))
CORE = MODULES[0] / "src" / "main" / "kotlin" / "vision"
STUDIO = ROOT / "templates" / "_studio" / "android" / "vision" / "src" / "main" / "kotlin" / "vision"
PARITY = MODULES[1] / "src" / "main" / "kotlin" / "vision" / "parity"
# Of projects with programs for other backends.
TRIAL = ROOT / "templates" / "_selection" / "android" / "parity"


def core_sources() -> list[Path]:
    """Return the Kotlin files of the core, with tracking and captures, which only the studio has."""
    return sorted(path for folder in (CORE, STUDIO) for path in folder.rglob("*.kt"))


def core_file(name: str) -> Path:
    """Return a file of the core."""
    (path,) = (path for path in core_sources() if path.name == name.rpartition("/")[2])
    return path


def find_kit() -> Path | None:
    """Return the folder of the Android kit, if it is there: in the folder that EDGEGEN_HOME names."""
    home = os.environ.get("EDGEGEN_HOME")
    folder = Path(home) / "android" if home else None
    if folder is None or not any((folder / "kotlin").glob("kotlin-compiler-embeddable-*.jar")):
        return None
    return folder


def library(folder: Path, pattern: str) -> Path:
    """Return the only file of the kit that matches a pattern."""
    found = sorted(folder.glob(pattern))
    assert len(found) == 1, f"{pattern} names {len(found)} files of {folder}"
    return found[0]


def stdlib(kit: Path) -> Path:
    """Return Kotlin's own library."""
    return library(kit / "kotlin", "kotlin-stdlib-[0-9]*.jar")


def compiler_arguments(
    kit: Path, output: Path, sources: Sequence[Path], classpath: Sequence[Path], *flags: str
) -> list[str]:
    """Return the compiler's arguments; flags may name another JVM target, or module."""
    places = os.pathsep.join(map(str, [*classpath, stdlib(kit)]))
    target = () if "-jvm-target" in flags else ("-jvm-target", "1.8")
    module = () if "-module-name" in flags else ("-module-name", "vision")
    common = ["-no-stdlib", "-no-reflect", *module, *target, *flags]
    return [*common, "-cp", places, "-d", str(output), *map(str, sources)]


def run(*command: str | Path, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command that must succeed."""
    words = list(map(str, command))
    result = subprocess.run(words, capture_output=True, text=True, cwd=folder, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result


def compile_many(kit: Path, list_of_arguments: Sequence[Sequence[str]], folder: Path) -> None:
    """Compile one after the other in a single JVM."""
    compile_kotlin(Kit(kit), list_of_arguments, folder)


def compile_core(kit: Path, output: Path, generated: Sequence[Path]) -> None:
    """Compile core and parity as an app's build does, for the oldest Android, and the harness over them.

    generated: the rendered files; those of parity are in a folder of that name.
    """
    floor = kit / "android-26-stubs.jar"  # with -no-jdk: no class and no method that API 26 lacks
    strict = ("-no-jdk", "-Werror")
    of_parity = [path for path in generated if path.parent.name == "parity"]
    of_core = [path for path in generated if path not in of_parity]
    main = compiler_arguments(kit, output, [*core_sources(), *of_core], [floor], *strict)
    sources = [*sorted(PARITY.rglob("*.kt")), *sorted(TRIAL.rglob("*.kt")), *of_parity]
    parity = compiler_arguments(kit, output, sources, [floor, output], *strict, "-module-name", "parity")
    flags = ("-jvm-target", "17", "-module-name", "harness", f"-Xfriend-paths={output}")
    harness = compiler_arguments(kit, output, sorted(HERE.glob("*.kt")), [output], *flags)
    compile_many(kit, [main, parity, harness], output)
