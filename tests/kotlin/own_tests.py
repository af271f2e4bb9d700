"""Run a project's own tests as Gradle does, with those of its machinery, which no project carries."""

import os
import subprocess
from pathlib import Path

from tests.kotlin.compiler import HERE, library, stdlib
from tests.kotlin.jvm import JAVA_FLAGS

BOXES = ("detect", "pose", "obb", "segment")
_TASKS = {
    **dict.fromkeys(("BoxStagesTest", "ByteTrackTest", "MatchTest"), BOXES),
    "SegmentStagesTest": ("segment",),
    "SemanticStagesTest": ("semantic",),
    "DepthStagesTest": ("depth",),
    "TrialTest": (),  # of the core alone
}


def machinery_tests(task: str | None = None) -> list[Path]:
    """Return the tests of the machinery; of a task, those that compile with its sources."""
    every = sorted((HERE / "machinery").glob("*.kt"))
    return [path for path in every if task is None or task in _TASKS.get(path.stem, (task,))]


def junit(kit: Path) -> list[Path]:
    """Return the libraries that the module's tests need."""
    names = ("junit.junit-*.jar", "org.hamcrest.hamcrest-core-*.jar", "org.json.json-*.jar")
    return [library(kit / "lib", name) for name in names]


def run_junit(kit: Path, classes: list[Path], vectors: Path) -> subprocess.CompletedProcess[str]:
    """Run every class whose name ends in Test, as Gradle does."""
    (tests, *_) = classes
    names = [
        str(path.relative_to(tests).with_suffix("")).replace(os.sep, ".")
        for path in sorted(tests.rglob("*Test.class"))
    ]
    assert len(names) >= 2
    places = os.pathsep.join(map(str, [*classes, *junit(kit), stdlib(kit)]))
    command = ["java", *JAVA_FLAGS, f"-Dvectors={vectors}", "-cp", places, "org.junit.runner.JUnitCore"]
    return subprocess.run([*command, *names], capture_output=True, text=True, check=False)
