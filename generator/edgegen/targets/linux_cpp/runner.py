"""Build and run a linux-cpp project."""

import contextlib
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from edgegen import tasks
from edgegen.base.errors import ParityError, ToolchainError
from edgegen.base.progress import Progress
from edgegen.base.shell import last_lines, run
from edgegen.model.thresholds import Thresholds
from edgegen.parity.report import compared_stages, merge
from edgegen.targets import runner
from edgegen.targets.runner import Job, RunInput, RunOutput, UnreadableError
from edgegen.tasks.stage import Stage

PRESET: Final = "release"
PARITY_FAILED: Final = 7  # the exit code of a project's parity test
SOME_FAILED: Final = 1  # the exit code of its app if a picture cannot be read
LIMIT: Final = 1800  # seconds for one run of a program

_COPY: Final = "give a copy of it in JPEG or PNG"


def build(project: Path, progress: Progress) -> Path:
    """Configure and build the project's release preset, and return the folder of its programs."""
    progress.step("Configure")
    _drop_cache_of_another_folder(project)
    _cmake(project, "--preset", PRESET, "-DBUILD_TESTING=ON")
    progress.step("Build")
    _cmake(project, "--build", "--preset", PRESET, "--target", "app", "parity")
    folder = project / "build" / PRESET
    if not (folder / "app").is_file():
        raise ToolchainError(
            "the project was built without its app: CMake did not find OpenCV's C++ files"
            " (or, for the studio, those of libjpeg or libpng)",
            "type: edgegen doctor --target linux-cpp --install",
        )
    return folder


def _drop_cache_of_another_folder(project: Path) -> None:
    """Remove CMake's cache if the project was moved: CMake would fail."""
    folder = project / "build" / PRESET
    try:
        lines = (folder / "CMakeCache.txt").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:  # never configured
        return
    home = next((line for line in lines if line.startswith("CMAKE_HOME_DIRECTORY:")), "")
    if Path(home.partition("=")[2]) != project.resolve():
        (folder / "CMakeCache.txt").unlink()
        shutil.rmtree(folder / "CMakeFiles", ignore_errors=True)


def _cmake(project: Path, *arguments: str) -> None:
    # The project finds the ExecuTorch of the Python that runs edgegen, even if it is not activated.
    environment = {**os.environ, "VIRTUAL_ENV": sys.prefix, "PYTHONNOUSERSITE": ""}
    ran = run(["cmake", *arguments], project, env=environment)
    if ran.returncode != 0:
        raise ToolchainError(
            f"`cmake {' '.join(arguments)}` failed in {project}:\n{last_lines(ran)}",
            "run it there for the whole output; `edgegen doctor` lists missing tools",
        )


@contextmanager
def open_runner(job: Job) -> Iterator["LinuxRunner"]:
    """Build the project and yield its runner."""
    programs = build(job.project, job.progress)
    with tempfile.TemporaryDirectory(prefix="edgegen-") as maps:
        yield LinuxRunner(programs, job, maps)


class LinuxRunner(runner.Runner):
    """Runs the programs of a built project."""

    def __init__(self, programs: Path, job: Job, maps: str) -> None:
        self._programs = programs
        self._progress = job.progress
        self._model = str(job.project / "model")
        self._maps = maps  # the folder for class maps and depth maps
        self._task = tasks.find(job.spec.task)
        # Of a model with several programs.
        self._program_files = [each.file for each in job.spec.programs] if job.spec.extra_programs else [""]
        self._use = ["--use", job.model.key] if job.model else []

    def switched(self, job: Job) -> "LinuxRunner":
        """Return the runner of another model."""
        return LinuxRunner(self._programs, job, self._maps)

    def run(self, inputs: RunInput) -> RunOutput:
        """Run the parity test, and the app once for each picture, when its result is read.

        Hundreds of masks take 100 MB, so only one picture's are in memory.
        """
        if inputs.vectors:
            self._progress.step("Compare on golden vectors")
        stages = list[Stage]()
        for vectors in inputs.vectors:
            for program in self._program_files:
                parity = [str(self._programs / "parity"), *self._use]
                parity += ["--program", program] if program else []
                command = [*parity, "--vectors", str(vectors), "--model", self._model, "--json"]
                stages += compared_stages(_json_of(command, allowed=(0, PARITY_FAILED)))
        paths = [each.path for each in inputs.pictures]
        thresholds = [each.thresholds for each in inputs.pictures]
        # A generator would end with the first picture that the app cannot read.
        return RunOutput(merge(stages), map(self._app, paths, thresholds))

    def time(self, image: Path, thresholds: Thresholds, threads: int, frames: int) -> float:
        """Run the app's own benchmark of preprocessing, inference and postprocessing."""
        command = self._command(image, thresholds)
        answer = _json_of([*command, "--benchmark", str(frames), "--threads", str(threads)], allowed=(0,))
        return float(answer["benchmark"]["timing_ms"]["total"]["median"])

    def _app(self, image: Path, thresholds: Thresholds) -> Any:
        maps = ["--maps", self._maps] if "maps" in self._task.choices else []
        command = [*self._command(image, thresholds), *maps]
        answer = _json_of(command, allowed=(0, SOME_FAILED), or_frames=True)
        if "frame" in answer:
            raise UnreadableError(f"the app reads {image} as a video", _COPY)
        if answer["errors"]:
            raise UnreadableError(f"the app cannot read {image}: {answer['errors'][0]['message']}", _COPY)
        result = answer["images"][0]
        rows = result[self._task.json_key]
        if "map" in result:
            rows = [{**row, "file": result["map"]} for row in rows]
        return self._task.decoder.from_json(rows)

    def _command(self, image: Path, thresholds: Thresholds) -> list[str]:
        options = {
            "confidence": ["--conf", repr(thresholds.confidence)],
            "iou": ["--iou", repr(thresholds.iou)],
            "max_det": ["--max-det", str(thresholds.max_det)],
            "top": ["--top", str(thresholds.max_det)],
            "agnostic": ["--agnostic"] if thresholds.agnostic else [],
        }
        chosen = [word for choice in self._task.choices for word in options.get(choice, ())]
        model = ["--model", self._model, *self._use]
        return [str(self._programs / "app"), str(image), "--json", *model, *chosen]


def _json_of(command: Sequence[str], allowed: Sequence[int], *, or_frames: bool = False) -> Mapping[str, Any]:
    """Return the JSON object that a program prints. With `or_frames`, a video's first frame is one."""
    name, hint = Path(command[0]).name, f"run: {shlex.join(command)}"
    try:
        answer = run(command, timeout=LIMIT)
    except subprocess.TimeoutExpired as error:
        raise ParityError(f"{name} did not end within {LIMIT} s", hint) from error
    reason = answer.stderr.strip()[-2000:] or "it gave no reason"
    failed = ParityError(f"{name} ended with code {answer.returncode}: {reason}", hint)
    if answer.returncode not in allowed:
        raise failed
    text = answer.stdout.strip()
    parsed, end = None, 0
    with contextlib.suppress(ValueError):
        parsed, end = json.JSONDecoder().raw_decode(text)
    if isinstance(parsed, dict) and (end == len(text) or (or_frames and "frame" in parsed)):
        return parsed
    if answer.returncode != 0:
        raise failed
    raise ParityError(f"{name} printed no JSON: {text[:200]!r}", hint)
