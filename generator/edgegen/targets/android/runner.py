"""Compile an Android project, launch its app on a JVM, and compare its results and drawing."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from edgegen import tasks
from edgegen.base.text import how_many
from edgegen.model.thresholds import Thresholds
from edgegen.parity.report import compared_stages, merge, mistakes_stage
from edgegen.project.option_table import MAX_DET
from edgegen.targets import runner
from edgegen.targets.runner import Job, PictureInput, RunInput, RunOutput
from edgegen.tasks.stage import Stage
from edgegen_kits.android.app import App, Checks, compile_app

# Files that draw. If the user edited one, the drawing is not compared.
_DRAWING: Final = re.compile(r"/(\w*Layers?|\w*Painter|Painted\w*|Appearance|\w*Drawing|Colors)\.kt$")
# The end of a task's English `spoken_text` -> the name of the app's text for it, which may be translated.
_ENGLISH: Final = {
    "pose": ("points_seen", re.compile(r"(\d+) of (\d+) points seen$")),
    "depth": ("distances", re.compile(r"^(-?\d+\.\d) - (-?\d+\.\d)$")),
}
_TOP: Final = 5  # the default number of classes, as in TheModel.kt.jinja


@contextmanager
def open_runner(job: Job) -> Iterator["AndroidRunner"]:
    """Compile the project and yield its runner."""
    with compile_app(job.project.absolute(), job.progress) as app:
        yield AndroidRunner(app, job)


class AndroidRunner(runner.Runner):
    """Launches a compiled app and runs the project's tests."""

    def __init__(self, app: App, job: Job) -> None:
        self._app = app
        self._job = job
        self._task = tasks.find(job.spec.task)
        self._is_first = job.model is None or not job.model.folder

    def switched(self, job: Job) -> "AndroidRunner":
        """Return the runner of another model."""
        return AndroidRunner(self._app, job)

    def thresholds(self, wanted: Thresholds) -> Thresholds:
        """Return the project's own thresholds, which the app starts with."""
        own = self._job.project_thresholds
        if "top" in self._task.choices and own.max_det == MAX_DET:
            return replace(own, max_det=_TOP)
        return own

    def run(self, inputs: RunInput) -> RunOutput:
        """Launch the app once for all pictures. For the first model, also run unit tests and R8."""
        step = f"Launch the app on {how_many(len(inputs.pictures), 'picture')}"
        model = self._job.model
        folder = self._app.make_folder(f"launch-{model.key}" if model else "launch")
        task = self._launch_task(inputs, folder)
        if not self._is_first:
            self._job.progress.step(step)
            return self._answer(inputs, self._app.launch(folder, task))
        self._job.progress.step(f"{step}; unit tests; R8")
        output, checks = self._app.launch_and_check(folder, task)
        return _add_checks(self._answer(inputs, output), checks)

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

    def _launch_task(self, inputs: RunInput, folder: Path) -> dict[str, Any]:
        """Return the task of a launch, as `App.launch` takes it, and write its pictures into the folder."""
        model, path, screens = self._job.model, self._app.model, self._job.screenshots
        if screens:
            screens.mkdir(parents=True, exist_ok=True)
        return {
            "model": str(path.parent / model.folder / path.name if model else path),
            "key": model.key if model else "",
            "number": [each.key for each in self._job.manifest.models].index(model.key) if model else 0,
            "choice": str(screens.absolute() / "models.png") if model and screens else "",
            "vectors": [str(each.absolute()) for each in inputs.vectors],
            "pictures": [self._picture(folder, number, each) for number, each in enumerate(inputs.pictures)],
        }

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


def _add_checks(output: RunOutput, checks: Checks) -> RunOutput:
    tests, shrunk = checks.unit_tests, checks.shrunk
    lost = [
        f"R8 removes {name}, which native code looks up by name: keep it in app/proguard-rules.pro"
        for name in shrunk.lost
    ]
    return replace(
        output,
        more_stages=(
            *output.more_stages,
            mistakes_stage("unit tests", len(tests.failures()) or tests.failed, tests.run),
            mistakes_stage("kept names", len(lost), shrunk.looked_up),
        ),
        problems=(*output.problems, *tests.failures(), *lost),
    )


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
