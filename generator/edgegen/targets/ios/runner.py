"""Check an iOS project without Xcode: run the bridge, and compile and check the other files."""

import contextlib
import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from edgegen import tasks
from edgegen.artifacts.pte import PTE_NAME
from edgegen.base.errors import ParityError, ToolchainError
from edgegen.base.text import how_many
from edgegen.parity.report import compared_stages, merge, mistakes_stage
from edgegen.targets import runner
from edgegen.targets.ios.bridge import Layouts, Memory, invalid_calls, thresholds, without_error
from edgegen.targets.runner import Job, RunInput, RunOutput
from edgegen_kits.common.commands import Commands, beside
from edgegen_kits.common.executorch import executorch_sdk
from edgegen_kits.ios import bridge_build, bundle_check, logic_tests, objects, project_check, swift
from edgegen_kits.ios.bridge_calls import Call
from edgegen_kits.ios.kit import Kit, installed
from edgegen_kits.ios.own_files import own_files

_GOLDEN_PICTURES: Final = "Bridge/include/VisionCore/EDGGoldenVectors.h"  # the studio's
_REUSED: Final = ("bridge", "objects")  # folders of compiled objects that a later run reuses


@contextmanager
def open_runner(job: Job) -> Iterator["IosRunner"]:
    """Compile the bridge for this computer, and yield the project's runner.

    Raises:
        ParityError: The Xcode project names files that do not exist. A compiler's message is less clear.
        ToolchainError: The kit is missing, or the bridge does not compile.
    """
    missing = project_check.missing_files(job.project)
    if missing:
        raise ParityError(
            f"App.xcodeproj: {'; '.join(missing)}",
            "restore the files, or remove them from App.xcodeproj; `edgegen new` makes a complete project",
        )
    with tempfile.TemporaryDirectory(prefix="edgegen-") as folder, Commands() as commands:
        kit, out = installed(), Path(folder) / "built"
        job.progress.step("Compile the bridge and its core for this computer")
        # Unchanged objects of an earlier run are reused. If another process is replacing them, all compile.
        with contextlib.suppress(OSError, shutil.Error):
            shutil.copytree(kit.built, out)
        harness = bridge_build.build(
            job.project.absolute(), out / "bridge", executorch=executorch_sdk(), commands=commands
        )
        yield IosRunner(kit, harness, job, out, commands)
        _save_objects(kit, out)


def _save_objects(kit: Kit, out: Path) -> None:
    """Save the objects for the next run. They save seconds, so an error is ignored."""
    with contextlib.suppress(OSError, shutil.Error), tempfile.TemporaryDirectory(dir=kit.folder) as folder:
        new = Path(folder) / "new"
        for name in _REUSED:
            shutil.copytree(out / name, new / name)
        if kit.built.exists():
            kit.built.rename(Path(folder) / "old")
        new.rename(kit.built)


@dataclass(frozen=True)
class _Check:
    """The result of a check that counts mistakes."""

    stage: str
    compared: int
    problems: Sequence[str]


@dataclass(frozen=True)
class _BridgeResults:
    """The results of the bridge's calls."""

    self_checks: Sequence[Mapping[str, Any]]  # a report for each folder of golden vectors
    pictures: Sequence[Mapping[str, Any]]
    layouts: _Check
    errors: _Check


class IosRunner(runner.Runner):
    """Runs the bridge as an app calls it, and checks the files that only a phone can run."""

    def __init__(self, kit: Kit, harness: Path, job: Job, out: Path, commands: Commands) -> None:
        self._kit = kit
        self._harness = harness
        self._job = job
        self._project = job.project.absolute()
        self._folder = job.model.folder if job.model else ""
        self._task = tasks.find(job.spec.task)
        self._out = out
        self._commands = commands

    def switched(self, job: Job) -> "IosRunner":
        """Return the runner of another model."""
        return IosRunner(self._kit, self._harness, job, self._out, self._commands)

    def run(self, inputs: RunInput) -> RunOutput:
        """Run the bridge on all pictures, and meanwhile all other checks."""
        self._job.progress.step(
            f"Run the bridge on {how_many(len(inputs.pictures), 'picture')}; Swift; objects for the phone"
        )
        checks: Sequence[Callable[[], _Check]] = (
            self._swift,
            self._logic_tests,
            self._objects,
            self._xcode_project,
            self._bundle,
        )
        if self._folder:
            checks = ()  # they do not depend on the model: they ran for the first one
        with beside(self._commands, 2) as pool:
            bridge_run = pool.submit(self._bridge, inputs)
            submitted = [pool.submit(check) for check in checks]
            # In this order, so that the same mistakes always give the same message.
            done = [each.result() for each in submitted]
            bridge = bridge_run.result()
        done = [bridge.layouts, bridge.errors, *done]
        return RunOutput(
            stages=merge(stage for each in bridge.self_checks for stage in compared_stages(each)),
            results=tuple(self._task.decoder.from_json(each["detections"]) for each in bridge.pictures),
            more_stages=tuple(mistakes_stage(each.stage, len(each.problems), each.compared) for each in done),
            problems=(
                *(problem for each in bridge.self_checks for problem in each["problems"]),
                *(problem for each in done for problem in each.problems),
            ),
            notes=("Apple's frameworks, Xcode and a device were not seen here",),
        )

    def _bridge(self, inputs: RunInput) -> _BridgeResults:
        """Make all calls in one process, as an app does."""
        model = str(self._project / "Model" / self._folder / PTE_NAME)
        memory = Memory(self._out / "pictures")
        choose: list[Call] = [{"call": "choose", "folder": self._folder}] if self._job.model else []
        self_checks: list[Call] = [
            {"call": "self_check", "model": model, "vectors": str(folder.absolute())}
            for folder in inputs.vectors
        ]
        load: list[Call] = [{"call": "load", "model": model}]
        pictures = [
            call
            for each in inputs.pictures
            for call in (thresholds(each.thresholds), memory.upright(each.picture.rgb))
        ]
        smallest = min((each.picture for each in inputs.pictures), key=lambda picture: picture.rgb.size)
        layouts = Layouts(smallest, memory)
        golden = (self._project / _GOLDEN_PICTURES).is_file()
        wrong = invalid_calls(memory.upright(smallest.rgb), self._out, has_golden_pictures=golden)
        valid = [*choose, *self_checks, *load, *pictures, *layouts.calls]
        calls = [*valid, *wrong]
        answers = bridge_build.run(self._harness, {"calls": calls}, commands=self._commands)["answers"]
        for call, answer in zip(calls[: len(valid)], answers[: len(valid)], strict=True):
            if "error" in answer:
                error = answer["error"]
                raise ParityError(f"{call['call']}: {error['description']}", error.get("suggestion", ""))
        remaining = iter(answers)  # in the order of the calls

        def answers_to(some: Sequence[Call]) -> list[Mapping[str, Any]]:
            return list(itertools.islice(remaining, len(some)))

        answers_to(choose)
        checked = answers_to(self_checks)
        answers_to(load)
        shown = answers_to(pictures)[1::2]  # the others are those of `thresholds`
        return _BridgeResults(
            checked,
            shown,
            _Check("layouts", len(layouts), layouts.problems(answers_to(layouts.calls))),
            _Check("errors", len(wrong), without_error(wrong, answers_to(wrong))),
        )

    def _swift(self) -> _Check:
        sources = swift.Sources.of(self._project)
        problems = swift.check(self._kit, self._project, self._out / "swift", self._commands)
        if problems:
            raise ToolchainError(
                "the app's Swift does not compile:\n" + "\n".join(problems[:30]),
                "fix it; if iOS 17 has a member that is reported as unknown, edgegen's stubs lack it",
            )
        return _Check("Swift files", len(sources.app) + len(sources.tests), ())

    def _logic_tests(self) -> _Check:
        tests = logic_tests.run(self._kit, self._project, self._out / "logic", self._commands)
        return _Check("logic tests", tests.run, tests.failures)

    def _objects(self) -> _Check:
        problems = objects.check(
            self._kit,
            self._project,
            self._out / "objects",
            executorch=executorch_sdk(),
            commands=self._commands,
        )
        return _Check("phone objects", len(bridge_build.sources(self._project)), problems)

    def _xcode_project(self) -> _Check:
        files = own_files(self._project)
        return _Check("Xcode project", len(files), project_check.check_project(self._project))

    def _bundle(self) -> _Check:
        files = own_files(self._project, "App/Resources")
        return _Check("app bundle", len(files), bundle_check.check_bundle(self._project))
