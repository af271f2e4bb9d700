"""Compare the Kotlin core on a JVM with the C++ core that it is a port of, in turns."""

import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.figures import Figure, Side, Spread, Target
from benchmarks.jvm import KIT_IS_MISSING, Stage, is_available, load_classes
from benchmarks.native import load_core
from benchmarks.pairs import ratio, take_turns
from benchmarks.progress import say
from benchmarks.settings import CONFIDENCE, LOW_CONFIDENCE
from benchmarks.workspace import Workspace
from tests.cpp.native import RawOutput

KOTLIN, CPP = "Kotlin", "C++"
AT_MOST_TWICE = Target("at_most", 2.0)
NONE = Target("at_most", 0)
WARM_UP_SECONDS = 3.0  # until the JVM has compiled the code
WIDTH, HEIGHT = 1280, 720  # of a camera's frame
PADDING = 64  # bytes at the end of its rows
ROTATIONS = (0, 90, 180, 270)
STRIDES = (8, 16, 32)
CLASSES, REG_MAX = 80, 16
OUTPUTS = (  # confidence, mean and deviation of the class logits, whether there is a target
    (CONFIDENCE, -8.0, 1.8, True),  # dozens of candidates, as on a photo
    (CONFIDENCE, -4.2, 1.0, True),  # hundreds
    (LOW_CONFIDENCE, -6.0, 1.0, False),
)


def measure(workspace: Workspace) -> list[Figure]:
    """Compare the letterbox at each rotation, and decode and NMS. No figures without the Android kit."""
    if not is_available():
        say(f"kotlin: {KIT_IS_MISSING}")
        return []
    classes = load_classes(workspace.folder, workspace.raw_project / "model")
    figures: list[Figure] = []
    allocated: list[int] = []
    with TemporaryDirectory(dir=workspace.folder) as folder:
        figures += [
            _letterbox(workspace, classes, Path(folder), rotation, allocated) for rotation in ROTATIONS
        ]
        for confidence, mean, deviation, is_target in OUTPUTS:
            output = confidence, mean, deviation
            target = AT_MOST_TWICE if is_target else None
            figures.append(_postprocess(workspace, classes, Path(folder), output, target))
    title = "Kotlin: bytes allocated in a turn after the warm-up"
    note = f"letterbox at each rotation; {workspace.settings.frames} frames a turn"
    return [*figures, Figure("kotlin_allocations", title, "bytes", Spread.of(allocated), NONE, note=note)]


def _letterbox(
    workspace: Workspace, classes: tuple[Path, ...], folder: Path, rotation: int, allocated: list[int]
) -> Figure:
    """Compare Kotlin on a rotated frame with C++ on the upright frame: the C++ letterbox does not rotate."""
    size = workspace.settings.input_size
    rng = np.random.default_rng(0)
    rng.integers(0, 256, (HEIGHT, WIDTH * 4 + PADDING), dtype=np.uint8).tofile(folder / "frame")
    row = WIDTH * 4 + PADDING
    kotlin = Stage(classes, "letterbox", size, WIDTH, HEIGHT, row, rotation, folder / "frame")
    width, height = (WIDTH, HEIGHT) if rotation % 180 == 0 else (HEIGHT, WIDTH)
    upright = rng.integers(0, 256, (height, width * 4), dtype=np.uint8)
    box = load_core(workspace.folder).letterbox((size, size))
    tensor = np.empty((3, size, size), dtype=np.float32)
    rounds = run_rounds(workspace, kotlin, lambda: box.fill_tensor(upright, width, "rgba", tensor), allocated)
    title = f"Kotlin letterbox against C++, RGBA {WIDTH} x {HEIGHT}, rotated by {rotation} degrees"
    note = "C++ is given the upright frame"
    return make_figure(f"kotlin_letterbox_{rotation}", title, rounds, AT_MOST_TWICE, note)


def _postprocess(
    workspace: Workspace,
    classes: tuple[Path, ...],
    folder: Path,
    output: tuple[float, float, float],
    target: Target | None,
) -> Figure:
    size = workspace.settings.input_size
    confidence, mean, deviation = output
    rng = np.random.default_rng(0)
    outputs, files = [], []
    for stride in STRIDES:
        cells = size // stride
        for channels, centre, spread in ((4 * REG_MAX, 0, 2), (CLASSES, mean, deviation)):
            values = rng.normal(centre, spread, (1, channels, cells, cells)).astype(np.float32)
            files.append(folder / f"output{len(files)}")
            values.tofile(files[-1])
            outputs.append(values)
    strides = ",".join(map(str, STRIDES))
    kotlin = Stage(classes, "postprocess", size, CLASSES, REG_MAX, confidence, strides, *files)
    core, raw = load_core(workspace.folder), RawOutput(outputs, STRIDES)
    candidates, kept = core.decode_raw_and_nms(raw, confidence)
    if kotlin.turn(1).result != kept:
        raise RuntimeError(f"the Kotlin core does not keep the {kept} boxes that the C++ core keeps")
    rounds = run_rounds(workspace, kotlin, lambda: core.decode_raw_and_nms(raw, confidence), [])
    return make_figure(
        f"kotlin_postprocess_{confidence:g}_{mean:g}",
        f"Kotlin decode and NMS against C++, confidence {confidence:g}, {candidates} candidates",
        rounds,
        target,
        f"random logits of {CLASSES} classes; {kept} boxes",
    )


def run_rounds(
    workspace: Workspace, kotlin: Stage, cpp: Callable[[], object], allocated: list[int]
) -> list[dict[str, float]]:
    """Return the milliseconds per frame of both sides, round by round.

    Appends the bytes that each turn of Kotlin allocates to `allocated`.
    """
    frames = workspace.settings.frames
    say(f"kotlin: {workspace.settings.rounds} rounds")
    end = time.monotonic() + WARM_UP_SECONDS
    while time.monotonic() < end:
        kotlin.turn(frames)

    def kotlin_turn() -> float:
        turn = kotlin.turn(frames)
        allocated.append(turn.allocated)
        return turn.milliseconds

    sides = {KOTLIN: kotlin_turn, CPP: partial(_milliseconds, cpp, frames)}
    try:
        return take_turns(sides, workspace.settings.rounds)
    finally:
        kotlin.close()


def _milliseconds(call: Callable[[], object], frames: int) -> float:
    start = time.perf_counter()
    for _ in range(frames):
        call()
    return (time.perf_counter() - start) * 1e3 / frames


def make_figure(
    name: str, title: str, rounds: Sequence[dict[str, float]], target: Target | None, note: str
) -> Figure:
    """Return the figure with the ratio of both sides' times."""
    sides = tuple(Side(each, statistics.median(row[each] for row in rounds), "ms") for each in (KOTLIN, CPP))
    return Figure(name, title, "x", ratio(rounds, above=KOTLIN, below=CPP), target, sides, note)
