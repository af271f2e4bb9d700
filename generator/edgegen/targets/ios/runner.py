"""Check an iOS project without Xcode: run the bridge, and compile and check the other files.

The bridge gets all pictures, then the smallest one in every memory layout, and invalid calls.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from edgegen import tasks
from edgegen.base.arrays import Uint8
from edgegen.base.errors import ParityError
from edgegen.base.model_files import PTE_NAME
from edgegen.base.text import how_many
from edgegen.model.thresholds import Thresholds
from edgegen.parity.picture_files import Picture
from edgegen.parity.report import compared_stages, merge, mistakes_stage
from edgegen.project.option_table import MAX_DET
from edgegen.reference import YCBCR_ENCODINGS, nv12_to_rgb, turn_upright
from edgegen.targets import runner
from edgegen.targets.runner import Job, RunInput, RunOutput
from edgegen_kits.ios import bridge_calls
from edgegen_kits.ios.app import Answer, App, Check, compile_app
from edgegen_kits.ios.bridge_calls import Call, Plane

_DOMAIN: Final = "EDGErrorDomain"  # of the errors of the bridge
_RGB: Final = 2  # EDGPixelFormatRGB
# EDGPixelFormatBGRA and ..RGBA, of red, green, blue and alpha
_CHANNELS: Final = {0: (2, 1, 0, 3), 1: (0, 1, 2, 3)}
_UP: Final = 1
_ORIENTATIONS: Final = range(1, 9)
_INVERSE: Final = {6: 8, 8: 6}  # the others are their own inverse
_PADDING: Final = 20  # bytes at the end of every row
_FILLER: Final = 0xA5  # of alpha and padding, which must have no effect
_TOP: Final = 5  # the default number of classes, as in model_info.h.jinja
_MANY: Final = Thresholds(confidence=0.001)  # low enough to find something in any picture


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

    def thresholds(self, wanted: Thresholds) -> Thresholds:
        """Return the thresholds that the app can have: a starter has a setting for the confidence only."""
        if _is_studio(self._job):
            return wanted
        own = replace(self._job.project_thresholds, confidence=wanted.confidence)
        return replace(own, max_det=_TOP) if "top" in self._task.choices and own.max_det == MAX_DET else own

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


def thresholds(wanted: Thresholds) -> Call:
    """Return the call that sets the thresholds of the following calls."""
    return bridge_calls.thresholds(wanted.confidence, wanted.iou, wanted.max_det, wanted.agnostic)


class Memory:
    """Pictures in files, which the bridge reads into one buffer each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._folder.mkdir(parents=True, exist_ok=True)
        self._count = 0

    def upright(self, rgb: Uint8) -> Call:
        """Return the call for an upright RGB picture."""
        return self.packed(rgb, _RGB, _UP)

    def packed(self, pixels: Uint8, pixel_format: int, orientation: int) -> Call:
        """Return the call for a picture of one plane."""
        return bridge_calls.detect(self._plane(pixels), pixels.shape, pixel_format, orientation)

    def biplanar(self, luma: Uint8, chroma: Uint8, encoding: int, orientation: int) -> Call:
        """Return the call for a picture of two planes."""
        return bridge_calls.detect_biplanar(
            self._plane(luma), self._plane(chroma), luma.shape, encoding, orientation
        )

    def _plane(self, pixels: Uint8) -> Plane:
        """Write rows with padding into a file, and return it with its bytes per row."""
        rows = pixels.reshape(len(pixels), -1)
        padded = np.pad(rows, ((0, 0), (0, _PADDING)), constant_values=_FILLER)
        path = self._folder / f"{self._count}.bytes"
        path.write_bytes(padded.tobytes())
        self._count += 1
        return str(path), padded.shape[1]


class Layouts:
    """A picture in the layouts of cameras and decoders, each with its upright RGB."""

    def __init__(self, picture: Picture, memory: Memory) -> None:
        self._memory = memory
        self._pairs = [*self._packed(picture.rgb), *self._biplanar(picture.rgb)]
        pictures = ({**call, "brief": True} for pair in self._pairs for call in pair)
        self.calls = [thresholds(_MANY), *pictures]

    def __len__(self) -> int:
        return len(self._pairs)

    def problems(self, answers: Sequence[Mapping[str, Any]]) -> list[str]:
        """Return the layouts with another result than the upright picture. All bits must be equal."""
        keys = ("width", "height", "detections")
        detected = answers[1:]  # the first one is that of `thresholds`
        results = zip(self._pairs, detected[::2], detected[1::2], strict=True)
        return [
            f"{_name(call)} in orientation {call['orientation']} gives another result than upright RGB"
            for (call, _), result, right in results
            if any(result.get(key) != right.get(key) for key in keys)
        ]

    def _packed(self, rgb: Uint8) -> Iterator[tuple[Call, Call]]:
        right = self._memory.upright(rgb)
        rgba = np.dstack([rgb, np.full(rgb.shape[:2], _FILLER, np.uint8)])
        for orientation in _ORIENTATIONS:
            stored = turn_upright(rgba, _INVERSE.get(orientation, orientation))
            for number, channels in _CHANNELS.items():
                yield self._memory.packed(stored[:, :, channels], number, orientation), right

    def _biplanar(self, rgb: Uint8) -> Iterator[tuple[Call, Call]]:
        luma, chroma = _to_nv12(rgb)
        for orientation in _ORIENTATIONS:
            number = orientation % len(YCBCR_ENCODINGS)  # each of them twice
            converted = nv12_to_rgb(luma, chroma, list(YCBCR_ENCODINGS)[number])
            right = self._memory.upright(turn_upright(converted, orientation))
            yield self._memory.biplanar(luma, chroma, number, orientation), right


def invalid_calls(picture: Call, folder: Path, *, is_studio: bool = True) -> list[Call]:
    """Return calls that must each give an NSError. `picture` is a valid call.

    Only the bridge of a studio rejects thresholds and reads the golden vectors' pictures.
    """
    missing = str(folder / "missing")
    of_studio = [
        thresholds(Thresholds(confidence=1.5)),
        {**thresholds(Thresholds()), "iou": "nan"},
        {"call": "golden_picture", "vectors": missing, "index": 0},
    ]
    return [
        {**picture, "width": 0},
        {**picture, "height": -1},
        {**picture, "bytes_per_row": picture["width"]},
        {**picture, "format": 9},
        {**picture, "orientation": 0},
        {key: value for key, value in picture.items() if key != "bytes"},
        {"call": "load_another", "model": missing, "threads": 0},
        {"call": "self_check", "model": missing, "vectors": missing},
        *(of_studio if is_studio else []),
    ]


def without_error(calls: Sequence[Call], answers: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the calls without an NSError, or with one that lacks a description or a suggestion."""
    problems = list[str]()
    for call, answer in zip(calls, answers, strict=True):
        error = answer.get("error", {})
        if error.get("domain") != _DOMAIN or not error.get("description") or not error.get("suggestion"):
            problems.append(f"{call}: no NSError with a description and a suggestion, but {answer}")
    return problems


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
        upright = memory.upright(smallest.rgb)
        self._invalid = invalid_calls(upright, folder, is_studio=_is_studio(job))

    @property
    def calls(self) -> list[Call]:
        """All calls."""
        return [*self._valid, *self._invalid]

    def read(self, answers: Sequence[Answer]) -> _BridgeResults:
        """Return the results in the answers to `calls`."""
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


def _is_studio(job: Job) -> bool:
    return (job.project / "Bridge/include/VisionCore/EDGGoldenVectors.h").is_file()


def _folder_of(job: Job) -> str:
    """Return the folder of the job's model in `Model`; "" for the first model."""
    return job.model.folder if job.model else ""


def _name(call: Call) -> str:
    if "encoding" in call:
        return f"NV12 {list(YCBCR_ENCODINGS)[call['encoding']]}"
    return {0: "BGRA", 1: "RGBA"}[call["format"]]


def _to_nv12(rgb: Uint8) -> tuple[Uint8, Uint8]:
    """Return luma and chroma that resemble a picture. Their exact meaning depends on the encoding."""
    red, green, blue = np.moveaxis(rgb.astype(np.float64), -1, 0)
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    chroma = np.stack([128 + 0.564 * (blue - luma), 128 + 0.713 * (red - luma)], axis=-1)[::2, ::2]
    return np.rint(luma).astype(np.uint8), np.clip(np.rint(chroma), 0, 255).astype(np.uint8)
