"""Run a project's own tests as Gradle does, with those of its machinery, which no project carries."""

import os
from pathlib import Path
from tempfile import NamedTemporaryFile

from edgegen_kits.android.jvm import Server
from edgegen_kits.common.commands import Commands
from tests.kotlin.compiler import HERE, library, stdlib

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


def run_junit(kit: Path, classes: list[Path], vectors: Path) -> tuple[int, str]:
    """Run every class whose name ends in Test, as Gradle does; return the exit code and the report.

    All runs share a JVM, where each has its own classes.
    """
    (tests, *_) = classes
    names = [
        str(path.relative_to(tests).with_suffix("")).replace(os.sep, ".")
        for path in sorted(tests.rglob("*Test.class"))
    ]
    assert len(names) >= 2
    places = os.pathsep.join(map(str, classes))
    program, libraries = str(HERE / "RunTests.java"), [*junit(kit), stdlib(kit)]
    with (
        NamedTemporaryFile("w", encoding="utf-8") as request,
        Commands() as commands,
        Server(commands, None, program, libraries) as server,
    ):
        request.write("\n".join([str(vectors), places, *names]))
        request.flush()
        return server.ask(Path(request.name))
