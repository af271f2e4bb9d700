"""Checking an iOS project on a machine without Xcode: the bridge is run, all else is compiled and read."""

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from edgegen import tasks
from edgegen.base.errors import ParityError, ToolchainError
from edgegen.base.naming import how_many
from edgegen.model.thresholds import Thresholds
from edgegen.parity.report import compared_stages, counted, merge
from edgegen.targets.ios.bridge import Layouts, Memory, nonsense, thresholds, unanswered
from edgegen.targets.runner import Answer, Job, Task
from edgegen.tasks.stage import Stage
from edgegen_kits.common.commands import Commands, beside
from edgegen_kits.common.executorch import executorch_sdk
from edgegen_kits.ios import bridge_build, bundle_check, logic_tests, objects, project_check, swift
from edgegen_kits.ios.bridge_calls import Call
from edgegen_kits.ios.kit import Kit, installed
from edgegen_kits.ios.own_files import own_files

_GOLDEN_PICTURES: Final = "Bridge/include/VisionCore/EDGGoldenVectors.h"  # the studio's
_KEPT: Final = ("bridge", "objects")  # folders of objects, which their builders know again


@contextmanager
def opened(job: Job) -> Iterator["Runner"]:
    """Compile the bridge for this computer, and give what runs it and checks the rest.

    Raises:
        ParityError: The Xcode project names files that are gone: no compiler says it as clearly.
        ToolchainError: The kit is missing, or the bridge does not compile.
    """
    missing = project_check.missing_files(job.project)
    if missing:
        raise ParityError(
            f"App.xcodeproj: {'; '.join(missing)}",
            "put back what is gone, or take it out of App.xcodeproj too; `edgegen new` makes a whole project",
        )
    with tempfile.TemporaryDirectory(prefix="edgegen-") as folder, Commands() as commands:
        kit, out = installed(), Path(folder) / "built"
        job.progress.step("Compile the bridge and its core for this computer")
        _take_built(kit, out)
        harness = bridge_build.build(
            job.project.absolute(), out / "bridge", executorch=executorch_sdk(), commands=commands
        )
        yield Runner(kit, harness, job, out, commands)
        _keep_built(kit, out)


def _take_built(kit: Kit, out: Path) -> None:
    """Copy the objects of the project before: those of which nothing has changed are not compiled again."""
    with contextlib.suppress(OSError, shutil.Error):  # another process is exchanging it: all is compiled
        shutil.copytree(kit.built, out)


def _keep_built(kit: Kit, out: Path) -> None:
    """Leave the objects to the next project. They are worth some seconds, and no error."""
    with contextlib.suppress(OSError, shutil.Error), tempfile.TemporaryDirectory(dir=kit.folder) as folder:
        new = Path(folder) / "new"
        for name in _KEPT:
            shutil.copytree(out / name, new / name)
        if kit.built.exists():
            kit.built.rename(Path(folder) / "old")
        new.rename(kit.built)


@dataclass(frozen=True)
class _Found:
    """What a check that runs nothing of the app has found."""

    stage: str
    compared: int
    problems: Sequence[str]


@dataclass(frozen=True)
class _Ran:
    """What the bridge gave."""

    self_checks: Sequence[Mapping[str, Any]]  # a report for each folder of golden vectors
    pictures: Sequence[Mapping[str, Any]]
    layouts: _Found
    errors: _Found


class Runner:
    """Runs the bridge as an app calls it, and checks what only a phone can run."""

    def __init__(self, kit: Kit, harness: Path, job: Job, out: Path, commands: Commands) -> None:
        self._kit = kit
        self._harness = harness
        self._job = job
        self._project = job.project.absolute()
        self._folder = job.model.folder if job.model else ""
        self._task = tasks.find(job.spec.task)
        self._out = out
        self._commands = commands

    def switched(self, job: Job) -> "Runner":
        """Return what runs another model."""
        return Runner(self._kit, self._harness, job, self._out, self._commands)

    def thresholds(self, wanted: Thresholds) -> Thresholds:
        """Return them: the bridge takes any."""
        return wanted

    def run(self, task: Task) -> Answer:
        """Run the bridge on all pictures; compile the app's Swift, and all for the phone, in the meantime."""
        self._job.progress.step(
            f"Run the bridge on {how_many(len(task.shown), 'picture')}; Swift; objects for the phone"
        )
        checks: Sequence[Callable[[], _Found]] = (
            self._swift,
            self._logic_tests,
            self._objects,
            self._xcode_project,
            self._bundle,
        )
        if self._folder:
            checks = ()  # they know of no model: that of the first has passed them
        with beside(self._commands, 2) as pool:
            answered = pool.submit(self._bridge, task)
            checked = [pool.submit(check) for check in checks]
            # In this order, whichever is done first: the same mistake always ends in the same words.
            done = [each.result() for each in checked]
            ran = answered.result()
        found = [ran.layouts, ran.errors, *done]
        return Answer(
            stages=merge(stage for each in ran.self_checks for stage in compared_stages(each)),
            shown=tuple(self._task.decoder.from_json(each["detections"]) for each in ran.pictures),
            more_stages=tuple(_stage(each) for each in found),
            problems=(
                *(problem for each in ran.self_checks for problem in each["problems"]),
                *(problem for each in found for problem in each.problems),
            ),
            notes=("Apple's frameworks, Xcode and a device were not seen here",),
        )

    def _bridge(self, task: Task) -> _Ran:
        """Make all calls in one process, as an app does."""
        model = str(self._project / "Model" / self._folder / "model.pte")
        memory = Memory(self._out / "pictures")
        checks: list[Call] = [
            {"call": "self_check", "model": model, "vectors": str(folder.absolute())}
            for folder in task.vectors
        ]
        shown = [(thresholds(each.thresholds), memory.upright(each.picture.rgb)) for each in task.shown]
        smallest = min((each.picture for each in task.shown), key=lambda picture: picture.rgb.size)
        layouts = Layouts(smallest, memory)
        golden = (self._project / _GOLDEN_PICTURES).is_file()
        wrong = nonsense(memory.upright(smallest.rgb), self._out, has_golden_pictures=golden)
        chosen: list[Call] = [{"call": "choose", "folder": self._folder}] if self._job.model else []
        asked = [
            *chosen,
            *checks,
            {"call": "load", "model": model},
            *(call for pair in shown for call in pair),
        ]
        calls = [*asked, *layouts.calls, *wrong]
        answers = bridge_build.run(self._harness, {"calls": calls}, commands=self._commands)["answers"]
        for call, answer in zip([*asked, *layouts.calls], answers, strict=False):
            if "error" in answer:
                error = answer["error"]
                raise ParityError(f"{call['call']}: {error['description']}", error.get("suggestion", ""))
        first = len(chosen) + len(checks)
        laid_out = answers[len(asked) : -len(wrong)]
        return _Ran(
            answers[len(chosen) : first],
            answers[first + 2 : len(asked) : 2],  # every second one set thresholds
            _Found("layouts", len(layouts), layouts.problems(laid_out)),
            _Found("errors", len(wrong), unanswered(wrong, answers[-len(wrong) :])),
        )

    def _swift(self) -> _Found:
        sources = swift.Sources.of(self._project)
        problems = swift.check(self._kit, self._project, self._out / "swift", self._commands)
        if problems:
            raise ToolchainError(
                "the app's Swift does not compile:\n" + "\n".join(problems[:30]),
                "fix it; a member that iOS 17 has and this does not know is missing from edgegen's stubs",
            )
        return _Found("Swift files", len(sources.app) + len(sources.tests), ())

    def _logic_tests(self) -> _Found:
        tests = logic_tests.run(self._kit, self._project, self._out / "logic", self._commands)
        return _Found("logic tests", tests.run, tests.failures)

    def _objects(self) -> _Found:
        problems = objects.check(
            self._kit,
            self._project,
            self._out / "objects",
            executorch=executorch_sdk(),
            commands=self._commands,
        )
        return _Found("phone objects", len(bridge_build.sources(self._project)), problems)

    def _xcode_project(self) -> _Found:
        files = own_files(self._project)
        return _Found("Xcode project", len(files), project_check.check_project(self._project))

    def _bundle(self) -> _Found:
        files = own_files(self._project, "App/Resources")
        return _Found("app bundle", len(files), bundle_check.check_bundle(self._project))


def _stage(found: _Found) -> Stage:
    return counted(found.stage, len(found.problems), found.compared)
