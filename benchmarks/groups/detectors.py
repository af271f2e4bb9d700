"""Compare the model alone of other libraries' detectors with YOLO11n of the nearest input size."""

import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks import machine
from benchmarks.detector_models import DETECTORS, DetectorModel
from benchmarks.figures import Figure, Side, Spread
from benchmarks.pairs import ratio, take_turns
from benchmarks.processes import ProcessError
from benchmarks.progress import say
from benchmarks.workspace import Workspace
from edgegen.base.tools import installed_version
from edgegen.commands.benchmark_workers.worker import EDGEGEN
from edgegen.commands.benchmark_workers.worker_process import Lap, WorkerProcess
from edgegen.model.spec import ModelSpec
from edgegen.model.thresholds import Thresholds
from edgegen.parity.picture_files import Picture, read_picture
from edgegen.tasks.prepared import prepare

PEER = "YOLO11n"
SIZES = (320, 416, 640)  # of the peer, in pixels
AVX2 = "xnnpack-avx2"  # the program that Linux apps choose without AVX-512
WARM_UP = 2  # frames before each turn
NOTE = "random weights, on which the time does not depend"


def measure(workspace: Workspace) -> list[Figure]:
    """Return a figure for each detector whose library is installed, from a third of the rounds."""
    settings, (picture, *_) = workspace.settings, workspace.settings.pictures
    rounds, frames = -(-settings.rounds // 3), -(-settings.frames // 2)
    exports, photo = _exports(workspace), read_picture(picture)
    detectors = [each for each in DETECTORS if each.name in exports]
    turns = dict[str, Callable[[], Lap]]()
    with ExitStack() as stack:
        for name, spec in exports.items():
            worker = stack.enter_context(WorkerProcess(name, settings.threads))
            _load(worker, spec, photo)
            turns[name] = partial(worker.turn, frames, WARM_UP)
        say(f"detectors: {rounds} rounds of {len(turns)} models")
        laps = take_turns(turns, rounds) if turns else []
    times = [{name: lap.ms for name, lap in each.items()} for each in laps]
    return [_figure(detector, times, picture.name) for detector in detectors]


def _exports(workspace: Workspace) -> dict[str, ModelSpec]:
    """Return the exports of the detectors, and of YOLO11n at the sizes next to theirs."""
    exports = {}
    for detector in DETECTORS:
        try:
            if installed_version(detector.library) is None:
                raise ProcessError(f"{detector.library} is not installed")
            exports[detector.name] = workspace.exported(
                detector.name, workspace.detector(detector), *detector.options
            )
        except ProcessError as error:
            say(f"detectors: without {detector.name}: {error}")
            continue
        size, peer = _peer(detector)
        if peer not in exports:
            exports[peer] = workspace.exported(peer, workspace.checkpoint, "--imgsz", str(size))
    return exports


def _peer(detector: DetectorModel) -> tuple[int, str]:
    """Return the size of YOLO11n that is nearest to a detector's, and the name of that side."""
    size = min(SIZES, key=lambda size: abs(size - detector.side))
    return size, f"{PEER} at {size}"


def _load(worker: WorkerProcess, spec: ModelSpec, photo: Picture) -> None:
    """Load the program that the app would choose on this machine."""
    others = spec.extra_programs if "without AVX-512" in machine.kind() else ()
    paths = [spec.path_of(program) for program in others if program.backend == AVX2]
    with tempfile.TemporaryDirectory(prefix="edgegen-") as folder:
        tensor = Path(folder) / "tensor.npy"
        np.save(tensor, prepare(photo.rgb, spec.input).tensor)
        worker.load(EDGEGEN, paths[0] if paths else spec.pte, tensor, spec, Thresholds())


def _figure(detector: DetectorModel, times: Sequence[dict[str, float]], picture: str) -> Figure:
    """Return the time of a detector, as a multiple of YOLO11n's."""
    _, peer = _peer(detector)
    medians = [(name, Spread.of([each[name] for each in times]).median) for name in (detector.name, peer)]
    return Figure(
        name=f"detector_{detector.name}",
        title=f"The model alone: time of {detector.name} at {detector.side} over {peer}",
        unit="x",
        spread=ratio(times, above=detector.name, below=peer),
        sides=tuple(Side(name, value, "ms") for name, value in medians),
        note=NOTE,
        picture=picture,
    )
