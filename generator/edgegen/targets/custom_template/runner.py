"""Run a project of a custom template: its own tests, and its program on pictures."""

import itertools
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, Final

from edgegen import tasks
from edgegen.base.errors import ParityError, ToolchainError, reason
from edgegen.base.progress import Progress
from edgegen.base.shell import last_lines, run
from edgegen.base.text import how_many
from edgegen.model.thresholds import Thresholds
from edgegen.parity.report import Report, mistakes_stage, tests_report
from edgegen.project.custom_template.claims import PICTURES, PYTHON, Claims
from edgegen.targets import runner
from edgegen.targets.runner import Job, PictureInput, RunInput, RunOutput
from edgegen.tasks.stage import Stage

LIMIT: Final = 1800  # seconds for one run of a program
_MAX_PICTURES: Final = 100  # for one run: the length of a command line is limited
_PROJECT_TESTS: Final = "own tests"


def project_tests(claims: Claims, project: Path, progress: Progress) -> Report:
    """Verify a project with its own tests alone."""
    stage, failure = run_tests(project, claims, progress)
    failures = [] if stage.passed else [failure]
    return tests_report("template", {_PROJECT_TESTS: (stage.compared, failures)}, "its own tests say")


def open_runner(claims: Claims, job: Job) -> AbstractContextManager["TemplateRunner"]:
    """Return the runner of a project; there is nothing to build."""
    return nullcontext(TemplateRunner(job, claims))


class TemplateRunner(runner.Runner):
    """Runs a project's own tests, and its program on pictures."""

    def __init__(self, job: Job, claims: Claims) -> None:
        self._job = job
        self._claims = claims
        self._task = tasks.find(job.spec.task)

    def thresholds(self, wanted: Thresholds) -> Thresholds:
        """Return the wanted thresholds that the program accepts, and the project's for the others."""
        words, own = " ".join(self._claims.show), self._job.project_thresholds
        return Thresholds(
            confidence=wanted.confidence if "{conf}" in words else own.confidence,
            iou=wanted.iou if "{iou}" in words else own.iou,
            max_det=wanted.max_det if "{max_det}" in words else own.max_det,
        )

    def run(self, inputs: RunInput) -> RunOutput:
        """Run the tests once, and the program on the pictures."""
        stages, problems = list[Stage](), list[str]()
        if self._claims.test and inputs.vectors:
            stage, failure = run_tests(self._job.project, self._claims, self._job.progress)
            stages.append(stage)
            if not stage.passed:
                problems.append(failure)
        self._job.progress.step(f"Run the program on {how_many(len(inputs.pictures), 'picture')}")
        results = self._results(inputs.pictures)
        return RunOutput((), results, more_stages=tuple(stages), problems=tuple(problems))

    def _results(self, pictures: Sequence[PictureInput]) -> list[Any]:
        """Run the program for several pictures at once, if it can and their thresholds are the same."""
        found, most = list[Any](), _MAX_PICTURES if PICTURES in self._claims.show else 1
        for _, same in itertools.groupby(pictures, key=lambda each: each.thresholds):
            while some := list(itertools.islice(same, most)):
                found += self._run(some)
        return found

    def _run(self, pictures: Sequence[PictureInput]) -> list[Any]:
        paths, thresholds = [str(each.path) for each in pictures], pictures[0].thresholds
        values = {
            "{conf}": repr(thresholds.confidence),
            "{iou}": repr(thresholds.iou),
            "{max_det}": str(thresholds.max_det),
            "{image}": paths[0],
        }
        words = list(self._claims.show)
        for name, value in values.items():
            words = [word.replace(name, value) for word in words]
        command = _command([each for word in words for each in (paths if word == PICTURES else [word])])
        answer = _run(command, self._job.project)
        hint = f"run in {self._job.project}: {shlex.join(command)}"
        if answer.returncode != 0:
            raise ParityError(f"the program ended with code {answer.returncode}: {_end(answer)}", hint)
        try:
            images = json.loads(answer.stdout)["images"]
            return [
                self._task.decoder.from_json(images[place][self._task.json_key])
                for place in range(len(paths))
            ]
        except (ValueError, KeyError, IndexError, TypeError) as error:
            what = f"{type(error).__name__}: {error}; it begins with {answer.stdout.strip()[:100]!r}"
            raise ParityError(f"the program printed no JSON that verify reads: {what}", hint) from error


def run_tests(project: Path, claims: Claims, progress: Progress) -> tuple[Stage, str]:
    """Run a project's own tests, and return their stage and the end of their output."""
    progress.step("Run the project's own tests")
    answer = _run(_command(claims.test), project)
    wrong = int(answer.returncode != 0)
    return mistakes_stage(_PROJECT_TESTS, wrong, 1), f"{shlex.join(claims.test)} failed: {_end(answer)}"


def _command(words: Sequence[str]) -> list[str]:
    first, *others = words
    return [sys.executable if first == PYTHON else first, *others]


def _run(command: Sequence[str], folder: Path) -> "subprocess.CompletedProcess[str]":
    try:
        return run(command, folder, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}, timeout=LIMIT)
    except subprocess.TimeoutExpired as error:
        raise ParityError(
            f"{shlex.join(command)} did not end within {LIMIT} s", f"run it in {folder} to see why"
        ) from error
    except OSError as error:
        raise ToolchainError(
            f"{command[0]} cannot be started in {folder}: {reason(error)}",
            "install it, or correct the template's `test` and `show`",
        ) from error


def _end(answer: "subprocess.CompletedProcess[str]") -> str:
    return last_lines(answer) or "there was no output"
