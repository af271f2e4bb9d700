"""Run a web project in a real browser, and compare its results, its drawing and its page."""

import io
import re
import statistics
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from edgegen import tasks
from edgegen.base import interruption
from edgegen.base.text import how_many
from edgegen.model.thresholds import Thresholds
from edgegen.parity.report import compared_stages, merge, mistakes_stage
from edgegen.runtimes.onnxruntime.backend import WEBGPU
from edgegen.targets import runner
from edgegen.targets.runner import Job, PictureInput, RunInput, RunOutput
from edgegen.targets.web import checks, drawn
from edgegen.targets.web.camera import write_y4m
from edgegen.targets.web.page import AppPage, open_page
from edgegen.tasks.stage import Stage

# Files that draw. If the user edited one, the drawing is not compared.
_DRAWING: Final = re.compile(r"^app/(draw\w*|canvas|main)\.js$")
_STORED: Final = ".ppm"  # golden pictures, which browsers cannot open


@contextmanager
def open_runner(job: Job) -> Iterator["WebRunner"]:
    """Yield the project's runner. The browser starts with the first run."""
    with ExitStack() as stack:
        yield WebRunner(job, stack)


class WebRunner(runner.Runner):
    """Shows pictures to the app in a browser."""

    def __init__(self, job: Job, stack: ExitStack) -> None:
        self._job = job
        self._stack = stack
        self._task = tasks.find(job.spec.task)
        self._page: AppPage | None = None
        self._has_webgpu = any(each.backend == WEBGPU.name for each in job.spec.programs)
        self._threads = 0  # of the open page; 0: its own choice

    def run(self, inputs: RunInput) -> RunOutput:
        """Show the pictures. With golden vectors, also compare them, the drawing and the page itself."""
        if not inputs.vectors:  # `evaluate` may have thousands of pictures
            self._open()
            return RunOutput((), map(self._result, inputs.pictures))
        first = inputs.pictures[0]
        self._open(camera=first)
        self._job.progress.step(f"Show {how_many(len(inputs.pictures), 'picture')}")
        shown = [self._show(each) for each in inputs.pictures]
        edited = [name for name in self._job.manifest.edited(self._job.project) if _DRAWING.match(name)]
        drawings = () if edited else self._compare_drawings(inputs.pictures, shown)
        spoken = self._compare_descriptions(inputs.pictures, shown)
        self._job.progress.step("Check the page, the camera and offline use")
        notes = [f"the drawing is not compared: you edited {', '.join(edited)}"] if edited else []
        page = self._current
        photo = _content(first), first.thresholds
        checked = [
            checks.camera(page, self._screenshot),
            *checks.accessibility(page, *photo, notes, self._screenshot),
        ]
        self._job.progress.step("Compare on golden vectors")
        reports = [page.self_check(folder, number) for number, folder in enumerate(inputs.vectors)]
        if self._has_webgpu:
            self._job.progress.step("Try WebGPU")
            checked += checks.webgpu(page, notes)
        checked += [checks.console(page), checks.offline(page, *photo)]
        screens = self._job.screenshots
        return RunOutput(
            stages=merge(stage for each in reports for stage in compared_stages(each)),
            results=tuple(self._task.decoder.from_json(each["rows"]) for each in shown),
            more_stages=(*drawings, spoken.stage, *(each.stage for each in checked)),
            problems=(
                *(problem for each in reports for problem in each.get("problems", [])),
                *(problem for each in (spoken, *checked) for problem in each.problems),
            ),
            notes=(*notes, *([f"screenshots are in {screens}"] if screens else [])),
        )

    def time(self, image: Path, thresholds: Thresholds, threads: int, frames: int) -> float:
        """Return the median of the app's own times on a picture, in ms."""
        from edgegen.parity.picture_files import read_picture

        if self._page is None:
            self._open()
        if self._threads != threads:
            self._current.open(f"?threads={threads}")
            self._threads = threads
        picture = PictureInput(image, read_picture(image), thresholds)
        content = _content(picture)
        times = []
        for _ in range(frames + 1):
            interruption.check()
            shown = self._current.show(content, _name(picture), thresholds)
            times.append(float(sum(shown["times"].values())))
        return statistics.median(times[1:])  # the first one takes longer

    @property
    def _current(self) -> AppPage:
        assert self._page is not None  # noqa: S101 - `_open` comes first
        return self._page

    def _open(self, camera: PictureInput | None = None) -> None:
        if self._page is not None:
            return
        self._job.progress.step("Start the app in a browser")
        video = None
        if camera is not None:
            folder = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="edgegen-"))
            video = Path(folder) / "camera.y4m"
            write_y4m(video, camera.picture.rgb)
        opened = open_page(self._job.project, video, webgpu=self._has_webgpu)
        self._page = self._stack.enter_context(opened)
        self._page.open("?backend=wasm" if self._has_webgpu else "")

    def _result(self, picture: PictureInput) -> Any:
        interruption.check()
        name = _name(picture)
        shown = self._current.show(_content(picture), name, picture.thresholds)
        return self._task.decoder.from_json(shown["rows"])

    def _show(self, picture: PictureInput) -> Mapping[str, Any]:
        """Show a picture, and return what the app reports and draws."""
        interruption.check()
        page = self._current
        shown = page.show(_content(picture), _name(picture), picture.thresholds)
        drawing = page.evaluate("() => edgegenDrawing()")
        self._screenshot(picture.path.stem)
        return {**shown, "drawing": drawing}

    def _screenshot(self, name: str) -> None:
        """Save a picture of the screen, if the user wants them. Names are numbered in their order."""
        folder = self._job.screenshots
        if folder is None:
            return
        folder.mkdir(parents=True, exist_ok=True)
        number = len(list(folder.glob("[0-9][0-9]-*.png")))
        self._current.page.screenshot(path=folder / f"{number:02d}-{name}.png")

    def _compare_drawings(
        self, pictures: Sequence[PictureInput], shown: Sequence[Mapping[str, Any]]
    ) -> tuple[Stage, ...]:
        return merge(
            stage
            for picture, each in zip(pictures, shown, strict=True)
            for stage in drawn.stages(
                self._task.decoder.from_json(each["rows"]), picture.picture.rgb.shape[:2], each["drawing"]
            )
            if stage.compared
        )

    def _compare_descriptions(
        self, pictures: Sequence[PictureInput], shown: Sequence[Mapping[str, Any]]
    ) -> checks.Checked:
        """Compare the text for screen-reader users with the app's results."""
        problems = []
        for picture, each in zip(pictures, shown, strict=True):
            result = self._task.decoder.from_json(each["rows"])
            right, text = result.spoken_text(self._job.spec.class_names), each["label"] or ""
            parts = right.split(" - ") if self._job.spec.task == "depth" else [right]
            if not text or not all(part in text for part in parts):
                problems.append(f"{picture.path.name}: {text!r} is read out instead of {right!r}")
        return checks.Checked(mistakes_stage("description", len(problems), len(pictures)), tuple(problems))


def _content(picture: PictureInput) -> bytes:
    """Return the file of a picture; of a golden picture, its pixels as PNG."""
    if picture.path.suffix != _STORED:
        return picture.path.read_bytes()
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(picture.picture.rgb).save(file, "PNG", compress_level=1)
    return file.getvalue()


def _name(picture: PictureInput) -> str:
    return f"{picture.path.stem}.png" if picture.path.suffix == _STORED else picture.path.name
