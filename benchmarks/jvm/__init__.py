"""The Kotlin core, compiled as the Android project does it, one stage of it in a JVM of its own."""

import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.kotlin.compiler import compile_many, compiler_arguments, core_sources, find_kit, stdlib
from tests.kotlin.rendered import render_spec, spec_of

SOURCES = Path(__file__).resolve().parent
# One thread collects: nothing of its own runs beside the frames. The rest is what a JVM does by itself.
FLAGS = ("-Xmx1g", "-XX:+UseSerialGC")


def is_available() -> bool:
    """Whether the Android kit and a JVM are here."""
    return find_kit() is not None and shutil.which("java") is not None


@cache
def load_classes(folder: Path, model: Path) -> tuple[Path, ...]:
    """Compile the core and Turns.kt in the folder, for a model exported into another; return a class path."""
    kit = find_kit()
    assert kit is not None
    classes = folder / "kotlin-classes"
    shutil.rmtree(classes, ignore_errors=True)
    generated = render_spec(spec_of(model), folder / "kotlin-generated")
    sources = [*core_sources(), *generated]
    core = compiler_arguments(kit, classes, sources, [kit / "android-26-stubs.jar"], "-no-jdk")
    flags = ("-jvm-target", "17", "-module-name", "turns")
    turns = compiler_arguments(kit, classes, [SOURCES / "Turns.kt"], [classes], *flags)
    compile_many(kit, [core, turns], folder)
    return classes, stdlib(kit)


@dataclass(frozen=True)
class Turn:
    """Some frames: milliseconds each, bytes allocated by all of them, and what the last one gave."""

    milliseconds: float
    allocated: int
    result: int


class Stage:
    """One stage in a JVM of its own; `arguments` as Turns.kt has them."""

    def __init__(self, classpath: tuple[Path, ...], *arguments: object) -> None:
        places = ":".join(map(str, classpath))
        command = ["java", *FLAGS, "-cp", places, "turns.TurnsKt", *map(str, arguments)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def turn(self, frames: int) -> Turn:
        """Run some frames."""
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
