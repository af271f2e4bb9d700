"""Building and running a linux-cpp project."""

import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from edgegen import tasks
from edgegen.base.errors import ParityError, ToolchainError
from edgegen.base.progress import Progress
from edgegen.model.thresholds import Thresholds
from edgegen.parity.report import compared_stages, merge
from edgegen.targets.runner import Answer, Job, Task, UnreadableError
from edgegen.tasks.stage import Stage

PRESET = "release"
PARITY_FAILED = 7  # the exit code of a project's parity runner
SOME_FAILED = 1  # the exit code of its app where a picture cannot be read
LIMIT: Final = 1800  # seconds for one run of a program: pictures are not that many

_COPY: Final = "give a copy of it in JPEG or PNG"


@dataclass(frozen=True)
class Binaries:
    """What the build made."""

    app: Path
    parity: Path


def build(project: Path, progress: Progress) -> Binaries:
    """Configure and build the project's release preset, in its own build folder.

    Raises:
        ToolchainError: CMake or the compiler refused; the message ends with what they said.
    """
    progress.step("Configure")
    _forget_another_place(project)
    _run(["cmake", "--preset", PRESET, "-DBUILD_TESTING=ON"], project, "cmake --preset release")
    progress.step("Build")
    _run(
        ["cmake", "--build", "--preset", PRESET, "--target", "app", "parity"],
        project,
        "cmake --build --preset release",
    )
    folder = project / "build" / PRESET
    binaries = Binaries(folder / "app", folder / "parity")
    if not binaries.app.is_file():
        raise ToolchainError(
            "the project was built without its app: OpenCV's C++ files, libjpeg's or libpng's were not found",
            "type: edgegen doctor --target linux-cpp --install",
        )
    return binaries


def _forget_another_place(project: Path) -> None:
    """Take away what CMake remembers of the folder that a project was moved from: it would refuse."""
    folder = project / "build" / PRESET
    try:
        lines = (folder / "CMakeCache.txt").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:  # never configured
        return
    home = next((line for line in lines if line.startswith("CMAKE_HOME_DIRECTORY:")), "")
    if Path(home.partition("=")[2]) != project.resolve():
        (folder / "CMakeCache.txt").unlink()
        shutil.rmtree(folder / "CMakeFiles", ignore_errors=True)


def _environment() -> dict[str, str]:
    """Let the project find the ExecuTorch of the Python that runs edgegen, activated or not."""
    return {**os.environ, "VIRTUAL_ENV": sys.prefix, "PYTHONNOUSERSITE": ""}


def _run(command: Sequence[str], folder: Path, shown: str) -> None:
    answer = subprocess.run(
        command, cwd=folder, env=_environment(), capture_output=True, text=True, errors="replace", check=False
    )
    if answer.returncode != 0:
        said = (answer.stdout + answer.stderr).strip().splitlines()
        raise ToolchainError(
            f"`{shown}` failed in {folder}:\n" + "\n".join(said[-30:]),
            "run it yourself there to see all of it; `edgegen doctor` says what is missing",
        )


@contextmanager
def opened(job: Job) -> Iterator["Runner"]:
    """Build the project and give what runs it."""
    binaries = build(job.project, job.progress)
    with tempfile.TemporaryDirectory(prefix="edgegen-") as maps:
        yield Runner(binaries, job, maps)


class Runner:
    """Runs the binaries of a built project on its own model."""

    def __init__(self, binaries: Binaries, job: Job, maps: str) -> None:
        self._binaries = binaries
        self._progress = job.progress
        self._model = str(job.project / "model")
        self._maps = maps  # the folder for what apps write for every pixel
        self._task = tasks.find(job.spec.task)
        self._use = ["--use", job.model.key] if job.model else []

    def switched(self, job: Job) -> "Runner":
        """Return what runs another model."""
        return Runner(self._binaries, job, self._maps)

    def thresholds(self, wanted: Thresholds) -> Thresholds:
        """Return them: the app has an option for each."""
        return wanted

    def run(self, task: Task) -> Answer:
        """Run the parity test, and the app when its answer is asked for, a process for each picture.

        Hundreds of masks of a picture are a hundred megabytes: there is one picture's at a time.
        """
        if task.vectors:
            self._progress.step("Compare on golden vectors")
        stages = merge(stage for folder in task.vectors for stage in self._parity(folder))
        paths, thresholds = [each.path for each in task.shown], [each.thresholds for each in task.shown]
        # Not a generator: that would end with the first picture that the app cannot read.
        return Answer(stages, map(self._app, paths, thresholds))

    def _parity(self, vectors: Path) -> list[Stage]:
        parity = [str(self._binaries.parity), *self._use]
        command = [*parity, "--vectors", str(vectors), "--model", self._model, "--json"]
        return compared_stages(_json_of(command, allowed=(0, PARITY_FAILED)))

    def time(self, image: Path, thresholds: Thresholds, threads: int, frames: int) -> float:
        """Have the app time itself: preprocessing, inference and postprocessing, after its own warm-up."""
        command = self._command(image, thresholds)
        seen = _json_of([*command, "--benchmark", str(frames), "--threads", str(threads)], allowed=(0,))
        return float(seen["benchmark"]["timing_ms"]["total"]["median"])

    def _app(self, image: Path, thresholds: Thresholds) -> Any:
        maps = ["--maps", self._maps] if "maps" in self._task.choices else []
        command = [*self._command(image, thresholds), *maps]
        answer = _json_of(command, allowed=(0, SOME_FAILED), or_frames=True)
        if "frame" in answer:
            raise UnreadableError(f"the app takes {image} for a video", _COPY)
        for each in answer["errors"]:
            raise UnreadableError(f"the app cannot read {image}: {each['message']}", _COPY)
        seen = answer["images"][0]
        rows = seen[self._task.json_key]
        return self._task.decoder.from_json(
            [{**row, "file": seen["map"]} for row in rows] if "map" in seen else rows
        )

    def _command(self, image: Path, thresholds: Thresholds) -> list[str]:
        options = {
            "confidence": ["--conf", repr(thresholds.confidence)],
            "iou": ["--iou", repr(thresholds.iou)],
            "max_det": ["--max-det", str(thresholds.max_det)],
            "top": ["--top", str(thresholds.max_det)],
            "agnostic": ["--agnostic"] if thresholds.agnostic else [],
        }
        asked = [word for choice in self._task.choices for word in options.get(choice, ())]
        model = ["--model", self._model, *self._use]
        return [str(self._binaries.app), str(image), "--json", *model, *asked]


def _json_of(command: Sequence[str], allowed: Sequence[int], *, or_frames: bool = False) -> Mapping[str, Any]:
    """Return the JSON object that a program prints; with `or_frames`, of a video that of its first frame."""
    name, hint = Path(command[0]).name, f"run it yourself: {shlex.join(command)}"
    try:
        answer = subprocess.run(
            command, capture_output=True, text=True, errors="replace", check=False, timeout=LIMIT
        )
    except subprocess.TimeoutExpired as error:
        raise ParityError(f"{name} did not end within {LIMIT} s", hint) from error
    said = answer.stderr.strip()[-2000:] or "it wrote no reason"
    if answer.returncode not in allowed:
        raise ParityError(f"{name} ended with code {answer.returncode}: {said}", hint)
    try:
        parsed: Mapping[str, Any] = json.loads(answer.stdout)
    except ValueError as error:
        if or_frames and (frame := _first_frame(answer.stdout)) is not None:
            return frame
        if answer.returncode != 0:
            raise ParityError(f"{name} ended with code {answer.returncode}: {said}", hint) from error
        raise ParityError(f"{name} printed no JSON: {answer.stdout.strip()[:200]!r}", hint) from error
    return parsed


def _first_frame(printed: str) -> Mapping[str, Any] | None:
    """Return the first of the frames that an app prints of a video, one a line; None of anything else."""
    try:
        first = json.loads(printed.partition("\n")[0])
    except ValueError:
        return None
    return first if isinstance(first, dict) and "frame" in first else None
