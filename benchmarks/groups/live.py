"""Time the main thread of the Android app for a camera's frame with masks."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure, Side, Spread, Target
from benchmarks.jvm import KIT_IS_MISSING, is_available
from benchmarks.processes import ProcessError, run
from benchmarks.progress import say
from benchmarks.workspace import ROOT, Workspace
from edgegen_kits.android.app_build import Project, build
from edgegen_kits.android.kit import LAUNCH, locate_kit
from edgegen_kits.android.launch import launch
from edgegen_kits.common.commands import Commands

KOTLIN = ROOT / "tests" / "android" / "launch" / "kotlin"
SOURCES = (KOTLIN / "LiveDrawing.kt", KOTLIN / "LiveMasksTest.kt")
PACKAGE = "org.example.shapes"  # of the app's classes in these sources
TEST = "launch.LiveMasksTest"
MASKS = 10
DRAWING_LIMIT_MS = Target("at_most", 8)
BYTES_LIMIT = Target("under", 32_000)  # below a tenth of a mask in the input's size


def measure(workspace: Workspace) -> list[Figure]:
    """Draw ten masks, frame after frame, on a JVM. Returns no figures without the Android kit."""
    if not is_available():
        say(f"live: {KIT_IS_MISSING}")
        return []
    frames = workspace.settings.rounds * workspace.settings.frames
    say(f"live: {frames} frames")
    with TemporaryDirectory(dir=workspace.folder) as name:
        costs = _launch(workspace, Path(name), frames)
    note = f"a frame of 1280 x 720, an input of 640 x 640, drawn by the CPU; {frames} frames"
    return [
        Figure(
            "live_segment",
            f"Android: time of the main thread for a frame with {MASKS} masks",
            "ms",
            Spread.of(costs["drawing"]),
            DRAWING_LIMIT_MS,
            (Side("painting them, on the detector's thread", Spread.of(costs["painting"]).median, "ms"),),
            note,
        ),
        Figure(
            "live_segment_bytes",
            f"Android: memory that a frame with {MASKS} masks allocates",
            "bytes",
            Spread.of(costs["bytes"]),
            BYTES_LIMIT,
            (),
            "both threads, after the first frames; boxes and lists, no masks",
        ),
    ]


def _launch(workspace: Workspace, folder: Path, frames: int) -> dict[str, list[float]]:
    """Return the measurements of the launched test."""
    project = folder / "app"
    model = workspace.task_project("segment") / "model" / "model.pte"
    run([*workspace.edgegen_new_android(model, project), "--package", PACKAGE])
    kit = locate_kit()
    with Commands() as commands:
        built = build(kit, Project(project), folder / "built", commands, more=SOURCES)
        properties = {"out": folder, "live.frames": frames}
        run_of_test = launch(kit, built, [TEST], LAUNCH[-1], commands, properties=properties)
    if not run_of_test.passed:
        raise ProcessError(run_of_test.output)
    costs: dict[str, list[float]] = json.loads((folder / "live-masks.json").read_text(encoding="utf-8"))
    return costs
