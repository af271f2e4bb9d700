"""Projects as users have them: generated, built with CMake, and run as processes."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock

from edgegen.base.progress import NoProgress
from edgegen.commands.new import create
from edgegen.commands.request import Request
from edgegen.project.render import templates_dir
from edgegen.tasks.detect.result import Detections
from edgegen_kits.ios.bridge_build import GNUSTEP
from tests.helpers.once import Once
from tests.helpers.places import ROOT

DETAILED_TESTS = ROOT / "tests" / "cpp" / "detailed"
WARNING = re.compile(r"\S+:\d+:\d+: warning: ")  # of a compiler, also where ccache repeats it


@dataclass(frozen=True)
class Built:
    """A built linux-cpp project."""

    project: Path

    @property
    def app(self) -> Path:
        return self.project / "build" / "release" / "app"

    @property
    def parity(self) -> Path:
        return self.project / "build" / "release" / "parity"

    def run(self, *arguments: object, program: str = "app") -> subprocess.CompletedProcess[str]:
        """Run a program of the project from another folder than its own."""
        return run([self.project / "build" / "release" / program, *arguments], self.project.parent)

    def detect(self, images: Sequence[Path], *options: object) -> list[Detections]:
        """Run the app on pictures and return what it prints for each."""
        answer = self.run(*images, "--json", *options)
        assert answer.returncode == 0, answer.stderr
        return [as_detections(each["detections"]) for each in json.loads(answer.stdout)["images"]]


def as_detections(rows: list[dict[str, Any]]) -> Detections:
    """Turn the app's JSON rows into detections."""
    return Detections(
        np.array([row["box"] for row in rows], dtype=np.float32).reshape(-1, 4),
        np.array([row["score"] for row in rows], dtype=np.float32),
        np.array([row["class_id"] for row in rows], dtype=np.int64),
    )


def environment() -> dict[str, str]:
    """Let CMake find the ExecuTorch of this Python, and no display be found."""
    # Python's cv2 points Qt to plugins of its own, with which no other program opens a window.
    ours = {name: value for name, value in os.environ.items() if not name.startswith("QT_")}
    kept = {name: value for name, value in ours.items() if name != "DISPLAY"}
    path = os.pathsep.join([str(Path(sys.prefix) / "bin"), kept.get("PATH", "")])
    return {**kept, "VIRTUAL_ENV": sys.prefix, "PATH": path}


def run(command: Sequence[object], folder: Path, *, timeout: float = 600) -> subprocess.CompletedProcess[str]:
    """Run a command and return what it said; a core dump or a hang is a failure of the test."""
    answer = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        errors="replace",
        timeout=timeout,
        check=False,
    )
    assert answer.returncode >= 0, f"{command[0]} was ended by signal {-answer.returncode}: {answer.stderr}"
    return answer


def checked(command: Sequence[object], folder: Path) -> str:
    """Run a command that has to succeed and return its output."""
    answer = run(command, folder)
    assert answer.returncode == 0, f"{command} in {folder}:\n{answer.stdout[-6000:]}{answer.stderr[-6000:]}"
    return answer.stdout


def generate(folder: Path, model: Path, **options: Any) -> Path:
    """Make a linux-cpp project in folder/project."""
    its = {"app": "studio", **options}
    request = Request(model=str(model), targets=("linux-cpp",), output=folder / "project", **its)
    return create(request, NoProgress())[0].path


def of_task(once: Once, task: str, export: Path) -> Path:
    """Return the linux-cpp project of a task's export, made once for all tests.

    Poses have limbs from the first point to the second, and from there to the third.
    """
    more = {"skeleton": "0-1,1-2"} if task == "pose" else {}
    name = f"linux-{task}-{export.parent.name}"
    return once(name, lambda folder: generate(folder, export, name=f"Tiny {task}", **more)) / "project"


def make_first_change(project: Path) -> None:
    """Replace the project's result processor by the example of README's "Your first change"."""
    readme = (project / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```cpp\n(struct ResultProcessor.*?)```", readme, re.DOTALL)
    write_processor(project, example)


def write_processor(project: Path, code: str) -> None:
    """Replace the project's result processor."""
    header = project / "src" / "app" / "processor.h"
    text = header.read_text(encoding="utf-8")
    (old,) = re.findall(r"^struct ResultProcessor \{\n.*?^\};\n", text, re.DOTALL | re.MULTILINE)
    header.write_text(text.replace(old, code), encoding="utf-8")


def with_detailed_tests(project: Path) -> Path:
    """Add tests/cpp to a project's build and its ctest: the tests that edgegen keeps for itself."""
    core = templates_dir() / "_shared" / "cpp"
    shutil.copytree(core / "stored", project / "src" / "stored")  # as iOS has it
    shutil.copy(core / "vision" / "decode_decoded.cpp", project / "src" / "vision")  # of another contract
    folder = shutil.copytree(DETAILED_TESTS, project / "tests" / "detailed")
    for name in ("json_reader.h", "json_reader.cpp"):
        shutil.copy(GNUSTEP / name, folder)
    with (project / "CMakeLists.txt").open("a", encoding="utf-8") as file:
        file.write("add_subdirectory(tests/detailed)\n")
    return project


def _compiling() -> AbstractContextManager[object]:
    """Let one process compile at a time, if all share a cache: what the next one needs is in it by then."""
    cache = os.environ.get("CCACHE_DIR")
    return FileLock(f"{cache}.lock") if cache else nullcontext()


def build(project: Path, *targets: str, preset: str = "release", clean: bool = False) -> Built:
    """Configure and build some targets of a project (all of them when none is named).

    Test processes share projects: each waits for the other's build, and finds its targets made.
    """
    with FileLock(project.with_name(f"{project.name}.lock")):
        if clean:
            shutil.rmtree(project / "build", ignore_errors=True)
        if not (project / "build" / preset / "CMakeCache.txt").exists():
            checked(["cmake", "--preset", preset], project)
        named = ["--target", *targets] if targets else []
        with _compiling():
            said = checked(["cmake", "--build", "--preset", preset, "--parallel", "2", *named], project)
        # Not -Werror: `edgegen verify` compiles without, and takes up what was compiled here.
        warnings = [line for line in said.splitlines() if WARNING.match(line)]
        assert not warnings, "\n".join(warnings)
    return Built(project)
