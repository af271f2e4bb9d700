"""Run a project's own tests as Gradle does."""

import os
import subprocess
from pathlib import Path

from tests.kotlin.jvm import JAVA_FLAGS, library, stdlib


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
