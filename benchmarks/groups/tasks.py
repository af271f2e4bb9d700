"""Compare the apps of the other tasks with predict, and time their postprocessing.

Also compares a classifier's resizing in the core with Pillow's.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.app import Turn
from benchmarks.figures import Figure, Side, Spread, Target
from benchmarks.native import load_tasks
from benchmarks.pairs import milliseconds, ratio, take_turns
from benchmarks.progress import say
from benchmarks.settings import CONFIDENCE, LOW_CONFIDENCE
from benchmarks.ultralytics_side import UltralyticsSide
from benchmarks.workspace import Workspace

FASTER_THAN_PYTORCH = Target("at_least", 1.3)
NO_SLOWER = Target("at_least", 1.0)
APP, PYTORCH, CROWD = "app", "predict on the .pt", "app, crowded"
OURS, PILLOW = "core", "Pillow"
MORE_ROUNDS = 4  # factor, for turns of one picture


@dataclass(frozen=True)
class Kind:
    """The limit of a task's postprocessing (0: none), and the most objects (0: no confidence threshold)."""

    title: str
    limit_ms: float = 0
    objects: int = 0  # the most that are shown while it is measured


KINDS = {
    "pose": Kind("Poses", 0.5, 20),
    "obb": Kind("Oriented boxes", 1.0, 100),
    "segment": Kind("Masks", 3.0, 10),
    "classify": Kind("Classification"),
    "semantic": Kind("Semantic maps"),
    "depth": Kind("Depth"),
}


def measure(workspace: Workspace) -> list[Figure]:
    """Compare each task's app with predict, on the first photo."""
    settings, (picture, *_) = workspace.settings, workspace.settings.pictures
    figures = []
    for task, kind in KINDS.items():
        app = workspace.app(workspace.task_project(task))
        size = workspace.task_input(task)
        with UltralyticsSide(workspace.task_checkpoint(task), settings, size) as predict:
            say(f"tasks: {settings.rounds} rounds of {task}")
            confidence = CONFIDENCE if kind.objects else None
            turns: dict[str, Callable[[], Turn]] = {
                APP: partial(app.turn, picture, settings.frames, confidence),
                PYTORCH: partial(predict.turn, picture, settings.frames, CONFIDENCE),
            }
            if kind.objects:
                turns[CROWD] = partial(app.turn, picture, settings.frames, LOW_CONFIDENCE, kind.objects)
            rounds = take_turns(turns, settings.rounds)
        figures.append(_pipeline(task, kind, rounds, picture))
        if kind.objects:
            figures += [_postprocess(task, kind, rounds, picture, each) for each in (APP, CROWD)]
    figures.append(_resizing(workspace, picture))
    return figures


def _resizing(workspace: Workspace, path: Path) -> Figure:
    """Compare resizing and the centre crop in the core and in Pillow, on one thread each."""
    size = workspace.task_input("classify")
    picture = Image.open(path).convert("RGB")
    small = tuple(size * side // min(picture.size) for side in picture.size)
    left, top = round((small[0] - size) / 2), round((small[1] - size) / 2)
    rows = np.asarray(picture, dtype=np.uint8).reshape(picture.height, -1)
    crop = load_tasks(workspace.folder).crop((size, size))

    def ours() -> object:
        return crop.run(rows, picture.width)[0]

    def pillow() -> object:
        resized = picture.resize((small[0], small[1]), Image.Resampling.BILINEAR)
        return np.asarray(resized.crop((left, top, left + size, top + size)))

    if not np.array_equal(np.asarray(ours()), np.asarray(pillow())):
        raise RuntimeError(f"the core and Pillow differ on {path.name}")
    sides: dict[str, Callable[[], object]] = {OURS: ours, PILLOW: pillow}
    timed = {name: partial(milliseconds, side) for name, side in sides.items()}
    times = take_turns(timed, workspace.settings.rounds * MORE_ROUNDS)
    medians = {name: Spread.of([each[name] for each in times]).median for name in sides}
    return Figure(
        name="resize_classify",
        title="Classification: resize and crop against Pillow",
        unit="x",
        spread=ratio(times, above=PILLOW, below=OURS),
        target=NO_SLOWER,
        sides=tuple(Side(name, median, "ms") for name, median in medians.items()),
        note=f"the same pixels, {size} x {size}; a thread each",
        picture=path.name,
    )


def _pipeline(task: str, kind: Kind, rounds: list[dict[str, Turn]], picture: Path) -> Figure:
    totals = [{name: turn.total for name, turn in each.items()} for each in rounds]
    spreads = {name: Spread.of([each[name] for each in totals]) for name in (APP, PYTORCH)}
    return Figure(
        name=f"pipeline_{task}",
        title=f"{kind.title}: app against predict on the .pt",
        unit="x",
        spread=ratio(totals, above=PYTORCH, below=APP),
        target=FASTER_THAN_PYTORCH,
        sides=tuple(Side(name, spread.median, "ms") for name, spread in spreads.items()),
        note="sum of the three stages that Ultralytics times",
        picture=picture.name,
    )


def _postprocess(task: str, kind: Kind, rounds: list[dict[str, Turn]], picture: Path, side: str) -> Figure:
    """Return the postprocessing time. Only that of many candidates has a target."""
    turns = [each[side] for each in rounds]
    is_crowd = side == CROWD
    note = (
        f"confidence {LOW_CONFIDENCE:g}, at most {kind.objects} shown"
        if is_crowd
        else f"confidence {CONFIDENCE:g}"
    )
    return Figure(
        name=f"postprocess_{task}" + ("" if is_crowd else "_usual"),
        title=f"{kind.title}: postprocessing" + ("" if is_crowd else " at the app's confidence"),
        unit="ms",
        spread=Spread.of([turn.postprocess for turn in turns]),
        target=Target("at_most", kind.limit_ms) if is_crowd else None,
        sides=(Side("candidates", turns[-1].candidates, ""), Side("shown", turns[-1].boxes, "")),
        note=note,
        picture=picture.name,
    )
