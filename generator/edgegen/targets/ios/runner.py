"""Check an iOS project without Xcode: run the bridge, and compile and check the other files."""

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edgegen import tasks
from edgegen.base.errors import ParityError
from edgegen.base.model_files import PTE_NAME
from edgegen.base.text import how_many
from edgegen.parity.report import compared_stages, merge, mistakes_stage
from edgegen.targets import runner
from edgegen.targets.ios.bridge import Layouts, Memory, invalid_calls, thresholds, without_error
from edgegen.targets.runner import Job, RunInput, RunOutput
from edgegen_kits.ios.app import Answer, App, Check, compile_app
from edgegen_kits.ios.bridge_calls import Call

_GOLDEN_PICTURES: Final = "Bridge/include/VisionCore/EDGGoldenVectors.h"  # the studio's


@contextmanager
def open_runner(job: Job) -> Iterator["IosRunner"]:
    """Compile the bridge for this computer, and yield the project's runner."""
    with compile_app(job.project.absolute(), job.progress) as app:
        yield IosRunner(app, job)


class IosRunner(runner.Runner):
    """Runs the bridge as an app calls it, and checks the files that only a phone can run."""

    def __init__(self, app: App, job: Job) -> None:
        self._app = app
        self._job = job
        self._task = tasks.find(job.spec.task)

    def switched(self, job: Job) -> "IosRunner":
        """Return the runner of another model."""
        return IosRunner(self._app, job)

    def run(self, inputs: RunInput) -> RunOutput:
        """Run the bridge on all pictures. For the first model, also run all other checks."""
        self._job.progress.step(
            f"Run the bridge on {how_many(len(inputs.pictures), 'picture')}; Swift; objects for the phone"
        )
        session, checks = _Session(self._job, inputs, self._app.folder), list[Check]()
        if _folder_of(self._job):
            answers = self._app.call(session.calls)
        else:
            answers, checks = self._app.call_and_check(session.calls)
        bridge = session.read(answers)
        checks = [bridge.layouts, bridge.errors, *checks]
        return RunOutput(
            stages=merge(stage for each in bridge.self_checks for stage in compared_stages(each)),
            results=tuple(self._task.decoder.from_json(each["detections"]) for each in bridge.pictures),
            more_stages=tuple(
                mistakes_stage(each.stage, len(each.problems), each.compared) for each in checks
            ),
            problems=(
                *(problem for each in bridge.self_checks for problem in each["problems"]),
                *(problem for each in checks for problem in each.problems),
            ),
            notes=(
                *(note for each in checks for note in each.notes),
                "Apple's frameworks, Xcode and a device were not seen here",
            ),
        )


@dataclass(frozen=True)
class _BridgeResults:
    """The results of the bridge's calls."""

    self_checks: Sequence[Answer]  # a report for each folder of golden vectors
    pictures: Sequence[Answer]
    layouts: Check
    errors: Check


class _Session:
    """The calls of a run, in the order in which an app makes them, and how their answers are read."""

    def __init__(self, job: Job, inputs: RunInput, folder: Path) -> None:
        """`folder` is for pictures."""
        project, memory = job.project.absolute(), Memory(folder / "pictures")
        model = str(project / "Model" / _folder_of(job) / PTE_NAME)
        self._choose: list[Call] = [{"call": "choose", "folder": _folder_of(job)}] if job.model else []
        self._self_checks: list[Call] = [
            {"call": "self_check", "model": model, "vectors": str(each.absolute())} for each in inputs.vectors
        ]
        self._load: list[Call] = [{"call": "load", "model": model}]
        self._pictures = [
            call
            for each in inputs.pictures
            for call in (thresholds(each.thresholds), memory.upright(each.picture.rgb))
        ]
        smallest = min((each.picture for each in inputs.pictures), key=lambda picture: picture.rgb.size)
        self._layouts = Layouts(smallest, memory)
        self._valid = [
            *(*self._choose, *self._self_checks, *self._load),
            *(*self._pictures, *self._layouts.calls),
        ]
        golden = (project / _GOLDEN_PICTURES).is_file()
        self._invalid = invalid_calls(memory.upright(smallest.rgb), folder, has_golden_pictures=golden)

    @property
    def calls(self) -> list[Call]:
        """All calls."""
        return [*self._valid, *self._invalid]

    def read(self, answers: Sequence[Answer]) -> _BridgeResults:
        """Return the results in the answers to `calls`.

        Raises:
            ParityError: A valid call failed.
        """
        for call, answer in zip(self._valid, answers[: len(self._valid)], strict=True):
            if "error" in answer:
                error = answer["error"]
                raise ParityError(f"{call['call']}: {error['description']}", error.get("suggestion", ""))
        remaining = iter(answers)

        def answers_to(calls: Sequence[Call]) -> list[Answer]:
            return list(itertools.islice(remaining, len(calls)))

        answers_to(self._choose)
        self_checks = answers_to(self._self_checks)
        answers_to(self._load)
        pictures = answers_to(self._pictures)[1::2]  # the others answer `thresholds`
        layouts = self._layouts.problems(answers_to(self._layouts.calls))
        errors = without_error(self._invalid, answers_to(self._invalid))
        return _BridgeResults(
            self_checks,
            pictures,
            Check("layouts", len(self._layouts), layouts),
            Check("errors", len(self._invalid), errors),
        )


def _folder_of(job: Job) -> str:
    """Return the folder of the job's model in `Model`; "" for the first model."""
    return job.model.folder if job.model else ""
