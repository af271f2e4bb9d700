"""The Kotlin letterbox allocates nothing after the first frame.

Java's interpreter optimises no allocation away.
"""

import os
import subprocess
from pathlib import Path

import pytest

from tests.helpers.once import Once
from tests.helpers.places import ROOT
from tests.kotlin.compiler import compile_many, compiler_arguments, stdlib

pytestmark = pytest.mark.full

TURNS = ROOT / "benchmarks" / "jvm" / "Turns.kt"
WIDTH, HEIGHT, PADDING = 128, 72, 16


@pytest.fixture(scope="session")
def turns(once: Once, kit: Path, kotlin_classes: Path) -> Path:
    """Return the classes of the benchmarks' program, which counts what a turn of frames allocates."""
    flags = ("-jvm-target", "17", "-module-name", "turns")

    def make(folder: Path) -> None:
        arguments = compiler_arguments(kit, folder, [TURNS], [kotlin_classes / "classes"], *flags)
        compile_many(kit, [arguments], folder)

    return once("android-core-turns", make)


def allocated(kit: Path, classes: list[Path], *arguments: object) -> list[int]:
    """Return the bytes that each of three turns of two frames allocates."""
    places = os.pathsep.join(map(str, [*classes, stdlib(kit)]))
    command = ["java", "-Xint", "-cp", places, "turns.TurnsKt", *map(str, arguments)]
    result = subprocess.run(command, input="2\n" * 3, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return [int(line.split()[1]) for line in result.stdout.splitlines()]


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("size", [64, 50])
def test_letterbox_allocates_for_the_first_frame_only(
    kit: Path, kotlin_classes: Path, turns: Path, tmp_path: Path, size: int, rotation: int
) -> None:
    """At half the size of the frame, and at another size."""
    (tmp_path / "frame").write_bytes(bytes((WIDTH * 4 + PADDING) * HEIGHT))
    frame = (WIDTH, HEIGHT, WIDTH * 4 + PADDING, rotation, tmp_path / "frame")
    first, *others = allocated(kit, [turns, kotlin_classes / "classes"], "letterbox", size, *frame)
    assert first > 0
    assert others == [0, 0]
