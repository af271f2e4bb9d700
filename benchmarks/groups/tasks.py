"""The other tasks: the app of each against predict on its checkpoint, and what follows the inference."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.app import Turn
from benchmarks.figures import Figure, Side, Spread, Target
from benchmarks.pairs import ratio, take_turns
from benchmarks.progress import say
from benchmarks.settings import CONFIDENCE, LOW_CONFIDENCE
from benchmarks.ultralytics_side import UltralyticsSide
from benchmarks.workspace import Workspace

FASTER_THAN_PYTORCH = Target("at_least", 1.3)
APP, PYTORCH, CROWD = "app", "predict on the .pt", "app, crowded"


@dataclass(frozen=True)
class Kind:
    """What a task's postprocessing may take, and of how many things."""

    title: str
    limit_ms: float
    things: int  # at most so many are shown when it is measured


KINDS = {
    "pose": Kind("Poses", 0.5, 20),
    "obb": Kind("Oriented boxes", 1.0, 100),
    "segment": Kind("Masks", 3.0, 10),
}


def measure(workspace: Workspace) -> list[Figure]:
    """Compare each task's app with predict, on the usual picture."""
    settings, (picture, *_) = workspace.settings, workspace.settings.pictures
    figures = []
    for task, kind in KINDS.items():
        app = workspace.app(workspace.task_project(task))
        with UltralyticsSide(workspace.task_checkpoint(task), settings) as predict:
            say(f"tasks: {settings.rounds} rounds of {task}")
            turns: dict[str, Callable[[], Turn]] = {
                APP: partial(app.turn, picture, settings.frames, CONFIDENCE),
                PYTORCH: partial(predict.turn, picture, settings.frames, CONFIDENCE),
                CROWD: partial(app.turn, picture, settings.frames, LOW_CONFIDENCE, kind.things),
            }
            rounds = take_turns(turns, settings.rounds)
        figures += [_pipeline(task, kind, rounds, picture), _postprocess(task, kind, rounds, picture)]
    return figures


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
        note="three stages as Ultralytics times them, nothing in between",
        picture=picture.name,
    )


def _postprocess(task: str, kind: Kind, rounds: list[dict[str, Turn]], picture: Path) -> Figure:
    turns = [each[CROWD] for each in rounds]
    return Figure(
        name=f"postprocess_{task}",
        title=f"{kind.title}: what follows the inference",
        unit="ms",
        spread=Spread.of([turn.postprocess for turn in turns]),
        target=Target("at_most", kind.limit_ms),
        sides=(Side("candidates", turns[-1].candidates, ""), Side("shown", turns[-1].boxes, "")),
        note=f"confidence {LOW_CONFIDENCE:g}, at most {kind.things} shown",
        picture=picture.name,
    )
