"""Measure the peak memory of the app while it detects on a photo."""

import sys
from pathlib import Path

from benchmarks import peak_memory
from benchmarks.app import App
from benchmarks.figures import Figure, Spread, Target
from benchmarks.processes import run
from benchmarks.progress import say
from benchmarks.workspace import Workspace

LIMIT = Target("under", 85)
RUNS = 5


def measure(workspace: Workspace) -> list[Figure]:
    """Read the peak from the kernel after the app has ended."""
    say("memory")
    app = workspace.app(workspace.raw_project)
    figures = []
    for picture in workspace.settings.pictures:
        sizes = [peak_megabytes(app, picture) for _ in range(RUNS)]
        note = "resident, the model's mapped file and all libraries included"
        title, sizes_mb = "Peak memory of the app", Spread.of(sizes)
        figures.append(Figure("memory", title, "MB", sizes_mb, LIMIT, note=note, picture=picture.name))
    return figures


def peak_megabytes(app: App, picture: Path) -> float:
    """Return the peak memory of the app on a picture, in MB."""
    launcher: list[str | Path] = [sys.executable, "-I", "-S", Path(peak_memory.__file__)]
    return int(run([*launcher, *app.command(picture)])) / 1e6
