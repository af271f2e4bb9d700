"""Time decode and NMS: in the app after an inference, and on random outputs for information."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.app import Turn
from benchmarks.figures import Figure, Side, Spread, Target
from benchmarks.native import load_core
from benchmarks.pairs import take_turns
from benchmarks.progress import say
from benchmarks.settings import CONFIDENCE, LOW_CONFIDENCE
from benchmarks.workspace import Workspace
from tests.cpp.native import Core, RawOutput

LIMITS_MS = {CONFIDENCE: 0.5, LOW_CONFIDENCE: 5.0}
STRIDES = (8, 16, 32)
REG_MAX = 16
RANDOM_OUTPUTS = (  # classes, confidence, mean and deviation of the class logits
    (80, CONFIDENCE, -4.2, 1.0),
    (80, LOW_CONFIDENCE, -11.5, 2.2),
    (80, LOW_CONFIDENCE, -6.0, 1.0),
    (1, LOW_CONFIDENCE, -6.0, 1.0),
)


def measure(workspace: Workspace) -> list[Figure]:
    """Time the postprocessing at both confidences."""
    settings = workspace.settings
    app = workspace.app(workspace.raw_project)
    say(f"postprocess: {settings.rounds} rounds")
    figures = []
    for picture in settings.pictures:
        turns: dict[str, Callable[[], Turn]] = {
            str(confidence): partial(app.turn, picture, settings.frames, confidence)
            for confidence in LIMITS_MS
        }
        rounds = take_turns(turns, settings.rounds)
        figures += [
            _figure(confidence, [each[str(confidence)] for each in rounds], picture)
            for confidence in LIMITS_MS
        ]
    core = load_core(workspace.folder)
    frames = settings.rounds * settings.frames
    return figures + [_random(core, settings.input_size, *output, frames) for output in RANDOM_OUTPUTS]


def _figure(confidence: float, turns: list[Turn], picture: Path) -> Figure:
    return Figure(
        name=f"postprocess_{confidence:g}",
        title=f"Decode and NMS at confidence {confidence:g}",
        unit="ms",
        spread=Spread.of([turn.postprocess for turn in turns]),
        target=Target("at_most", LIMITS_MS[confidence]),
        sides=(Side("candidates", turns[-1].candidates, ""), Side("boxes", turns[-1].boxes, "")),
        note="in the app, right after an inference",
        picture=picture.name,
    )


def _random(
    core: Core,
    input_size: int,
    num_classes: int,
    confidence: float,
    mean: float,
    deviation: float,
    frames: int,
) -> Figure:
    """Time decode and NMS on random logits, which have many more candidates than a photo."""
    rng = np.random.default_rng(0)
    outputs = []
    for stride in STRIDES:
        cells = input_size // stride
        outputs += [
            rng.normal(0, 2, (1, 4 * REG_MAX, cells, cells)).astype(np.float32),
            rng.normal(mean, deviation, (1, num_classes, cells, cells)).astype(np.float32),
        ]
    raw = RawOutput(outputs, STRIDES)
    candidates, kept = core.decode_raw_and_nms(raw, confidence)
    times = []
    for _ in range(frames):
        start = time.perf_counter()
        core.decode_raw_and_nms(raw, confidence)
        times.append((time.perf_counter() - start) * 1e3)
    classes = "1 class" if num_classes == 1 else f"{num_classes} classes"
    return Figure(
        name=f"postprocess_random_{num_classes}_{confidence:g}_{mean:g}",
        title=f"Decode and NMS of random logits, {classes}, confidence {confidence:g}",
        unit="ms",
        spread=Spread.of(times),
        sides=(Side("candidates", candidates, ""), Side("boxes", kept, "")),
        note=f"class logits of mean {mean:g}, deviation {deviation:g}; nothing else in the caches",
    )
