"""Time the whole pipeline, from a decoded picture to boxes in its pixels."""

import statistics
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from benchmarks.app import App, Turn
from benchmarks.figures import Figure, Side, Stages, Target
from benchmarks.pairs import ratio, take_turns
from benchmarks.progress import say
from benchmarks.settings import CONFIDENCE
from benchmarks.ultralytics_side import UltralyticsSide
from benchmarks.workspace import Workspace

RAW, DECODED = "app", "app with the decoded head"
EXECUTORCH, PYTORCH = "predict on the ExecuTorch export", "predict on the .pt"
FASTER_THAN_PYTORCH = Target("at_least", 1.5)
FASTER_THAN_EXECUTORCH = Target("at_least", 1.05)

STAGES_NOTE = "sum of the three stages that Ultralytics times"
CALL_NOTE = "the whole call of predict"

Contestant = App | UltralyticsSide
Rounds = list[dict[str, Turn]]


def measure(workspace: Workspace) -> tuple[list[Figure], list[Stages]]:
    """Compare the app with Ultralytics predict, and the raw head with the decoded one."""
    settings = workspace.settings
    raw, decoded = workspace.app(workspace.raw_project), workspace.app(workspace.decoded_project)
    folder, checkpoint = workspace.ultralytics_folder, workspace.checkpoint
    figures: list[Figure] = []
    stages: list[Stages] = []
    with (
        UltralyticsSide(folder, settings) as on_folder,
        UltralyticsSide(checkpoint, settings) as on_checkpoint,
    ):
        sides: dict[str, Contestant] = {
            RAW: raw,
            DECODED: decoded,
            EXECUTORCH: on_folder,
            PYTORCH: on_checkpoint,
        }
        for picture in settings.pictures:
            say(f"pipeline: {settings.rounds} rounds on {picture.name}")
            turns: dict[str, Callable[[], Turn]] = {
                name: partial(side.turn, picture, settings.frames, CONFIDENCE) for name, side in sides.items()
            }
            rounds = take_turns(turns, settings.rounds)
            figures += compare(rounds, picture)
            stages += [_stages(name, picture, [each[name] for each in rounds]) for name in sides]
    return figures, stages


def compare(rounds: Rounds, picture: Path) -> list[Figure]:
    """Return the figures of a picture. A ratio is their time divided by ours: above 1, ours is faster."""
    totals = [{name: turn.total for name, turn in each.items()} for each in rounds]
    calls = [{name: turn.call or turn.total for name, turn in each.items()} for each in rounds]

    def against(
        other: str,
        times: list[dict[str, float]],
        name: str,
        title: str,
        note: str,
        target: Target | None = None,
    ) -> Figure:
        medians = {each: statistics.median(row[each] for row in times) for each in (RAW, other)}
        sides = tuple(Side(each, median, "ms") for each, median in medians.items())
        spread = ratio(times, above=other, below=RAW)
        return Figure(name, title, "x", spread, target, sides, note, picture.name)

    pt, executorch = "App against predict on the .pt", "App against predict on its own ExecuTorch export"
    heads = "App with the raw head against the decoded head"
    return [
        against(PYTORCH, totals, "pipeline_pt", pt, STAGES_NOTE, FASTER_THAN_PYTORCH),
        against(EXECUTORCH, totals, "pipeline_executorch", executorch, STAGES_NOTE, FASTER_THAN_EXECUTORCH),
        against(PYTORCH, calls, "call_pt", f"{pt}, whole call", CALL_NOTE),
        against(EXECUTORCH, calls, "call_executorch", f"{executorch}, whole call", CALL_NOTE),
        against(DECODED, totals, "heads", heads, "the same weights, the same app"),
    ]


def _stages(name: str, picture: Path, turns: Sequence[Turn]) -> Stages:
    return Stages(
        name=name,
        picture=picture.name,
        preprocess=statistics.median(turn.preprocess for turn in turns),
        inference=statistics.median(turn.inference for turn in turns),
        postprocess=statistics.median(turn.postprocess for turn in turns),
        total=statistics.median(turn.total for turn in turns),
        boxes=turns[-1].boxes,
    )
