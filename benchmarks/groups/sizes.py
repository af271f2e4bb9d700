"""Compare the app with predict and with LiteRT, at several input sizes and numbers of threads."""

from collections.abc import Callable
from functools import partial
from statistics import median

from benchmarks.app import Turn
from benchmarks.figures import Figure, Side, Spread
from benchmarks.groups.runtimes import time_forward
from benchmarks.pairs import take_turns
from benchmarks.progress import say
from benchmarks.settings import CONFIDENCE
from benchmarks.ultralytics_side import UltralyticsSide
from benchmarks.workspace import Workspace

SIZES = (320, 416, 640)  # pixels
THREADS = (1, 2)
APP, PREDICT, PEER = "app", "predict on the .pt", "litert"


def measure(workspace: Workspace) -> list[Figure]:
    """Return two figures for each size and number of threads."""
    figures = []
    for size in SIZES:
        for threads in THREADS:
            figures += _measure(workspace.of_size(size, threads))
    return figures


def _measure(workspace: Workspace) -> list[Figure]:
    settings, (picture, *_) = workspace.settings, workspace.settings.pictures
    size, threads = settings.input_size, settings.threads
    heading = f"{size} x {size}, {threads} thread{'s' if threads > 1 else ''}"
    app = workspace.app(workspace.raw_project)
    with UltralyticsSide(workspace.checkpoint, settings) as predict:
        say(f"sizes: {settings.rounds} rounds at {heading}")
        turns: dict[str, Callable[[], Turn]] = {
            name: partial(side.turn, picture, settings.frames, CONFIDENCE)
            for name, side in ((APP, app), (PREDICT, predict))
        }
        rounds = take_turns(turns, settings.rounds)
    peer = time_forward(workspace, workspace.raw_project, [PEER]).get(PEER)

    def against(name: str, what: str, theirs: list[float], note: str) -> Figure:
        ours = [each[APP].total for each in rounds]
        spread = Spread.of([their / our for their, our in zip(theirs, ours, strict=True)])
        sides = (Side(APP, median(ours), "ms"), Side(name, median(theirs), "ms"))
        title = f"{heading}: app against {what}"
        return Figure(f"size_{size}_{threads}_{name}", title, "x", spread, None, sides, note, picture.name)

    figures = [against(PREDICT, PREDICT, [each[PREDICT].total for each in rounds], "")]
    if peer is not None:
        own = [each[APP].preprocess + each[APP].postprocess for each in rounds]
        theirs = [model + rest for model, rest in zip(peer["rounds_ms"], own, strict=True)]
        note = f"{PEER}'s model alone, timed after the app, and the app's letterbox and decoding"
        figures.append(against(PEER, PEER, theirs, note))
    return figures
