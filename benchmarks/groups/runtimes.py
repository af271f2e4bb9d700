"""Time the model alone in each runtime, with `edgegen benchmark`. It first compares them with PyTorch."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, Side, Spread, Target
from benchmarks.processes import BIN, run
from benchmarks.progress import say
from benchmarks.workspace import Workspace

OURS, THEIRS, PYTORCH, INT8 = "edgegen float32", "onnxruntime", "pytorch", "edgegen int8"
NO_SLOWER = Target("at_least", 1)


def measure(workspace: Workspace) -> list[Figure]:
    """Time all installed runtimes in turns; then int8 if the weights have calibration photos."""
    rows = time_forward(workspace, workspace.raw_project, workspace.runtimes)
    figures = [_ratio_figure(rows, THEIRS, OURS, NO_SLOWER)] if THEIRS in rows else []
    figures += [_ratio_figure(rows, PYTORCH, name, None) for name in rows if name != PYTORCH]
    if workspace.has_photos:
        with_int8 = time_forward(workspace, workspace.int8_project, [PYTORCH])
        figures.append(_ratio_figure(with_int8, PYTORCH, INT8, None))
    return figures


def time_forward(workspace: Workspace, project: Path, against: Sequence[str]) -> dict[str, Any]:
    """Return the rows of `edgegen benchmark`, by name: the model alone. against: empty for all runtimes."""
    settings, (picture, *_) = workspace.settings, workspace.settings.pictures
    say("runtimes: edgegen benchmark")
    counts = {"threads": settings.threads, "rounds": settings.rounds, "frames": settings.frames}
    options = [word for name, count in counts.items() for word in (f"--{name}", str(count))]
    places = ("--model", workspace.checkpoint, "--image", picture)
    options += ["--against", ",".join(against)] if against else []
    report = json.loads(run([BIN / "edgegen", "benchmark", project, *places, *options, "--json"]))
    return {row["name"]: row for row in report["forward"]}


def _ratio_figure(rows: dict[str, Any], above: str, below: str, target: Target | None) -> Figure:
    """Return the ratio of the times of `above` and `below`: above 1, `below` is faster."""
    times = [rows[name]["rounds_ms"] for name in (above, below)]
    shown = rows[below]
    return Figure(
        name=f"runtime_{above}_{below}",
        title=f"The model alone: {below} against {above}",
        unit="x",
        spread=Spread.of([theirs / ours for theirs, ours in zip(*times, strict=True)]),
        target=target,
        sides=tuple(Side(name, rows[name]["ms"]["median"], "ms") for name in (below, above)),
        note=f"{shown['of'] - shown['lost']} of {shown['of']} boxes are PyTorch's",
    )
