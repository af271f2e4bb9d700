"""Run a stage of the Kotlin core in its own JVM, compiled as in the Android project."""

import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.kotlin.compiler import compile_many, compiler_arguments, core_sources, find_kit, stdlib
from tests.kotlin.rendered import render_spec, spec_of

SOURCES = Path(__file__).resolve().parent
KIT_IS_MISSING = "skipped, the Android kit is missing. Run `edgegen doctor --target android --install`"
# One thread collects garbage, so no other thread runs during the frames. All else is the JVM's default.
FLAGS = ("-Xmx1g", "-XX:+UseSerialGC")


def is_available() -> bool:
    """Return whether the Android kit and a JVM are installed."""
    return find_kit() is not None and shutil.which("java") is not None


@cache
def load_classes(folder: Path, model: Path) -> tuple[Path, ...]:
    """Compile the core and Turns.kt for an exported model, and return their class path.

    `folder` is for the output, `model` is the folder of the export.
    """
    kit = find_kit()
    assert kit is not None
    core = compile_core_classes(kit, folder, model)
    turns = folder / "kotlin-turns"
    flags = ("-jvm-target", "17", "-module-name", "turns")
    compile_many(kit, [compiler_arguments(kit, turns, [SOURCES / "Turns.kt"], [core], *flags)], folder)
    return turns, core, stdlib(kit)


def compile_core_classes(kit: Path, folder: Path, model: Path) -> Path:
    """Compile the core for an exported model into a folder, and return the folder of the classes."""
    classes = folder / "kotlin-classes"
    shutil.rmtree(classes, ignore_errors=True)
    generated = render_spec(spec_of(model), folder / "kotlin-generated")
    sources = [*core_sources(), *generated]
    stubs = [kit / "android-26-stubs.jar"]
    compile_many(kit, [compiler_arguments(kit, classes, sources, stubs, "-no-jdk")], folder)
    return classes


@dataclass(frozen=True)
class Turn:
    """The milliseconds per frame of a turn, the bytes that all its frames allocated, and the last result."""

    milliseconds: float
    allocated: int
    result: int


class Stage:
    """A stage in its own JVM. `arguments` are those of Turns.kt."""

    def __init__(self, classpath: tuple[Path, ...], *arguments: object) -> None:
        places = ":".join(map(str, classpath))
        command = ["java", *FLAGS, "-cp", places, "turns.TurnsKt", *map(str, arguments)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def turn(self, frames: int) -> Turn:
        """Time a number of frames."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{frames}\n")
        self._process.stdin.flush()
        nanoseconds, allocated, result = map(int, self._process.stdout.readline().split())
        return Turn(nanoseconds / frames / 1e6, allocated, result)

    def close(self) -> None:
        """End the JVM."""
        self._process.kill()
        self._process.communicate()
