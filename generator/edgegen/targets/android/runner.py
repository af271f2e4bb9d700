"""Compile an Android project, launch its app on a JVM, and compare its results and drawing."""

import json
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from edgegen import tasks
from edgegen.base.errors import ParityError
from edgegen.base.text import how_many
from edgegen.model.thresholds import Thresholds
from edgegen.parity.report import compared_stages, merge, mistakes_stage
from edgegen.project.option_table import MAX_DET
from edgegen.targets import runner
from edgegen.targets.runner import Job, PictureInput, RunInput, RunOutput
from edgegen.tasks.stage import Stage
from edgegen_kits.android import shrink
from edgegen_kits.android.app_build import Built, Project, build
from edgegen_kits.android.kit import COMPILE, FLOOR, LAUNCH, Kit, installed
from edgegen_kits.android.launch import TestRun, launch, run_plain_tests
from edgegen_kits.android.recipe import HERE
from edgegen_kits.common.commands import Commands, beside

_DRIVER: Final = "edgegen.driver.Launch"
# Files that draw. If the user edited one, the drawing is not compared.
_DRAWING: Final = re.compile(r"/(\w*Layers?|\w*Painter|Painted\w*|Appearance|\w*Drawing|Colors)\.kt$")
# The end of a task's English `spoken_text` -> the name of the app's text for it, which may be translated.
_ENGLISH: Final = {
    "pose": ("points_seen", re.compile(r"(\d+) of (\d+) points seen$")),
    "depth": ("distances", re.compile(r"^(-?\d+\.\d) - (-?\d+\.\d)$")),
}
_TIMEOUT: Final = 1800  # seconds, for all pictures
_TOP: Final = 5  # the default number of classes, as in TheModel.kt.jinja


@contextmanager
def open_runner(job: Job) -> Iterator["AndroidRunner"]:
    """Compile the project and yield its runner."""
    kit = installed()
    with tempfile.TemporaryDirectory(prefix="edgegen-") as folder, Commands() as commands:
        job.progress.step(f"Compile the project: API {COMPILE}, the floor {FLOOR}, tests, resources")
        driver = sorted((HERE / "driver").glob("*.kt"))
        built = build(kit, Project(job.project.absolute()), Path(folder) / "built", commands, more=driver)
        yield AndroidRunner(kit, built, job, commands)


class AndroidRunner(runner.Runner):
    """Launches a compiled app and runs the project's tests."""

    def __init__(self, kit: Kit, built: Built, job: Job, commands: Commands) -> None:
        self._kit = kit
        self._built = built
        self._job = job
        self._task = tasks.find(job.spec.task)
        self._commands = commands
        self._is_first = job.model is None or not job.model.folder

    def switched(self, job: Job) -> "AndroidRunner":
        """Return the runner of another model."""
        return AndroidRunner(self._kit, self._built, job, self._commands)

    def thresholds(self, wanted: Thresholds) -> Thresholds:
        """Return the project's own thresholds, which the app starts with."""
        own = self._job.own_thresholds
        if "top" in self._task.choices and own.max_det == MAX_DET:
            return replace(own, max_det=_TOP)
        return own

    def run(self, inputs: RunInput) -> RunOutput:
        """Launch the app once for all pictures. For the first model, also run unit tests and R8."""
        step = f"Launch the app on {how_many(len(inputs.pictures), 'picture')}"
        if not self._is_first:
            self._job.progress.step(step)
            return self._answer(inputs, self._launch(inputs))
        self._job.progress.step(f"{step}; unit tests; R8")
        with beside(self._commands, 2) as pool:
            launched = pool.submit(self._launch, inputs)
            tested = pool.submit(run_plain_tests, self._kit, self._built, self._commands)
            shrunk = shrink.shrink(self._kit, self._built, self._built.folder / "shrunk", self._commands)
            tests, output = tested.result(), launched.result()
        lost = [
            f"R8 removes {name}, which native code looks up by name: keep it in app/proguard-rules.pro"
            for name in shrunk.lost
        ]
        answer = self._answer(inputs, output)
        return replace(
            answer,
            more_stages=(
                *answer.more_stages,
                mistakes_stage("unit tests", len(tests.failures()) or tests.failed, tests.run),
                mistakes_stage("kept names", len(lost), shrunk.looked_up),
            ),
            problems=(*answer.problems, *tests.failures(), *lost),
        )

    def _answer(self, inputs: RunInput, output: Mapping[str, Any]) -> RunOutput:
        spoken, problems = self._spoken(inputs.pictures, output["pictures"], output["words"])
        edited = [name for name in self._job.manifest.edited(self._job.project) if _DRAWING.search(name)]
        drawn = () if edited else self._drawn(inputs.pictures, output["pictures"])
        screens = self._job.screenshots
        notes = [f"the drawing is not compared: you edited {', '.join(edited)}"] if edited else []
        return RunOutput(
            stages=merge(stage for each in output["parity"] for stage in compared_stages(each)),
            results=tuple(self._task.decoder.from_json(each["rows"]) for each in output["pictures"]),
            more_stages=(*drawn, spoken),
            problems=(
                *(problem for each in output["parity"] for problem in each.get("problems", [])),
                *problems,
            ),
            notes=(*notes, *([f"screenshots are in {screens}"] if screens else [])),
        )

    def _launch(self, inputs: RunInput) -> Mapping[str, Any]:
        model = self._job.model
        folder = self._built.folder / (f"launch-{model.key}" if model else "launch")
        folder.mkdir()
        path, screens = self._built.project.model, self._job.screenshots
        if screens:
            screens.mkdir(parents=True, exist_ok=True)
        content = {
            "package": self._built.package,
            "model": str(model.below(path.parent) / path.name if model else path),
            "key": model.key if model else "",
            "number": [each.key for each in self._job.manifest.models].index(model.key) if model else 0,
            "choice": str(screens.absolute() / "models.png") if model and screens else "",
            "vectors": [str(each.absolute()) for each in inputs.vectors],
            "pictures": [self._picture(folder, number, each) for number, each in enumerate(inputs.pictures)],
        }
        (folder / "task.json").write_text(json.dumps(content), encoding="utf-8")
        run = launch(
            self._kit,
            self._built,
            [_DRIVER],
            LAUNCH[-1],
            self._commands,
            properties={"edgegen.task": folder / "task.json", "edgegen.answer": folder / "answer.json"},
            timeout=_TIMEOUT,
        )
        if not run.passed:
            raise ParityError(
                f"the app could not be launched:\n{_why(run)}",
                "fix the app, or compare it with an unedited project of `edgegen new`",
            )
        answer: Mapping[str, Any] = json.loads((folder / "answer.json").read_text(encoding="utf-8"))
        return answer

    def _drawn(
        self, pictures: Sequence[PictureInput], outputs: Sequence[Mapping[str, Any]]
    ) -> tuple[Stage, ...]:
        """Compare the drawing with the app's results."""
        from edgegen.targets.android import drawn

        return merge(
            stage
            for picture, each in zip(pictures, outputs, strict=True)
            for stage in drawn.stages(
                self._task.decoder.from_json(each["rows"]),
                picture.picture.rgb.shape[:2],
                each["drawn"],
                Path(each["drawn"]["pixels"]),
            )
            if stage.compared
        )

    def _picture(self, folder: Path, number: int, picture: PictureInput) -> dict[str, Any]:
        path = folder / f"{number}.rgb"
        path.write_bytes(picture.picture.rgb.tobytes())
        height, width = picture.picture.rgb.shape[:2]
        screenshot = ""
        if self._job.screenshots:
            screenshot = str(self._job.screenshots.absolute() / f"{number:02d}-{picture.path.stem}.png")
        painted = str(folder / f"{number}.argb.gz")
        size = {"width": width, "height": height}
        return {"file": str(path), **size, "screenshot": screenshot, "painted": painted}

    def _spoken(
        self, pictures: Sequence[PictureInput], outputs: Sequence[Mapping[str, Any]], words: Mapping[str, str]
    ) -> tuple[Stage, list[str]]:
        """Compare a screen reader's text with the app's results, in the app's own language."""
        problems = list[str]()
        for picture, each in zip(pictures, outputs, strict=True):
            result = self._task.decoder.from_json(each["rows"])
            task, text = self._job.spec.task, each["description"]
            right = in_apps_words(task, result.spoken_text(self._job.spec.class_names), words)
            # The distance at the tapped place, if any, precedes the text.
            if text != right and not (right and task == "depth" and text.endswith(f". {right}")):
                problems.append(f"{picture.path.name}: {text!r} is read out instead of {right!r}")
        return mistakes_stage("description", len(problems), len(pictures)), problems


def in_apps_words(task: str, text: str, words: Mapping[str, str]) -> str:
    """Return a task's English `spoken_text` with the app's own texts, which may be translated.

    `words` has the app's texts by their names, with `{0}` and `{1}` for values.
    """
    name, english = _ENGLISH.get(task, ("", None))
    match = english.search(text) if english and name in words else None
    if match is None:
        return text
    values = match.groups()
    filled = re.sub(r"\{([01])\}", lambda place: values[int(place[1])], words[name])
    return text[: match.start()] + filled


def _why(run: TestRun) -> str:
    """Return a failure's output without the launcher's own stack frames."""
    lines = [
        line
        for line in run.said.splitlines()
        if not line.lstrip().startswith(("at org.robolectric.", "at org.junit.", "at java.base/", "at jdk."))
    ]
    return "\n".join(lines)[-4000:].strip()
