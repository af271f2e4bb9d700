"""Compare the int8 app with the float32 app and with Ultralytics predict."""

from collections.abc import Callable
from functools import partial

from benchmarks.app import Turn
from benchmarks.figures import Figure, Side, Spread, Target
from benchmarks.groups.memory import RUNS, peak_megabytes
from benchmarks.pairs import ratio, take_turns
from benchmarks.progress import say
from benchmarks.settings import CONFIDENCE
from benchmarks.ultralytics_side import UltralyticsSide
from benchmarks.workspace import Workspace

INT8, FLOAT32 = "app in int8", "app in float32"
EXECUTORCH, PYTORCH = "predict on the ExecuTorch export", "predict on the .pt"
THAN_PYTORCH, THAN_EXECUTORCH = Target("at_least", 3), Target("at_least", 2.2)
FORWARD = Target("at_least", 2.2)
MEMORY, SIZE = Target("under", 60), Target("under", 3.1)
STAGES_NOTE = "sum of the three stages that Ultralytics times"


def measure(workspace: Workspace) -> list[Figure]:
    """Compare on the first photo. Returns no figures without calibration photos for the weights."""
    if not workspace.has_photos:
        return []
    settings, (picture, *_) = workspace.settings, workspace.settings.pictures
    int8, float32 = workspace.app(workspace.int8_project), workspace.app(workspace.raw_project)
    with (
        UltralyticsSide(workspace.ultralytics_folder, settings) as on_folder,
        UltralyticsSide(workspace.checkpoint, settings) as on_checkpoint,
    ):
        say(f"int8: {settings.rounds} rounds")
        turns: dict[str, Callable[[], Turn]] = {
            name: partial(side.turn, picture, settings.frames, CONFIDENCE)
            for name, side in (
                (INT8, int8),
                (FLOAT32, float32),
                (EXECUTORCH, on_folder),
                (PYTORCH, on_checkpoint),
            )
        }
        rounds = take_turns(turns, settings.rounds)
    totals = [{name: turn.total for name, turn in each.items()} for each in rounds]
    inference = [{name: turn.inference for name, turn in each.items()} for each in rounds]

    def against(name: str, title: str, times: list[dict[str, float]], other: str, *more: object) -> Figure:
        target, note = more
        sides = tuple(
            Side(each, Spread.of([row[each] for row in times]).median, "ms") for each in (INT8, other)
        )
        assert target is None or isinstance(target, Target)
        spread = ratio(times, above=other, below=INT8)
        return Figure(name, title, "x", spread, target, sides, str(note), picture.name)

    memory = Spread.of([peak_megabytes(int8, picture) for _ in range(RUNS)])
    size = (workspace.int8_project / "model" / "model.pte").stat().st_size / 1e6
    return [
        against(
            "int8_pt", "Int8: app against predict on the .pt", totals, PYTORCH, THAN_PYTORCH, STAGES_NOTE
        ),
        against(
            "int8_executorch",
            "Int8: app against predict on Ultralytics' ExecuTorch export",
            totals,
            EXECUTORCH,
            THAN_EXECUTORCH,
            STAGES_NOTE,
        ),
        against("int8_forward", "Int8 against float32: inference", inference, FLOAT32, FORWARD, "in the app"),
        against("int8_app", "Int8 against float32: the whole app", totals, FLOAT32, None, ""),
        Figure("int8_memory", "Int8: peak memory of the app", "MB", memory, MEMORY, picture=picture.name),
        Figure("int8_size", "Int8: the model", "MB", Spread.of([size]), SIZE),
    ]
