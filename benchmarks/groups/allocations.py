"""Count the memory allocations of the letterbox for a frame of a real photo."""

from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np

from benchmarks.figures import Figure, Side, Spread, Target
from benchmarks.native import run_allocations
from benchmarks.progress import say
from benchmarks.workspace import Workspace
from edgegen.artifacts.model_reader import load_model_spec

FRAMES = 100
NONE = Target("at_most", 0)


def measure(workspace: Workspace) -> list[Figure]:
    """Count the allocations of FRAMES frames, after the first one."""
    say(f"allocations: {FRAMES} frames")
    model = workspace.raw_project / "model"
    width = load_model_spec(model / "model.pte", model / "metadata.yaml").input.width
    return [_count(workspace, width, picture) for picture in workspace.settings.pictures]


def _count(workspace: Workspace, input_width: int, picture: Path) -> Figure:
    bgr = np.asarray(cv2.imread(str(picture)), dtype=np.uint8)
    height, width = bgr.shape[:2]
    with TemporaryDirectory(dir=workspace.folder) as name:
        folder = Path(name)
        (folder / "picture").write_bytes(bgr.tobytes())
        numbers = [str(number) for number in (width, height, input_width)]
        counts = run_allocations(folder, [str(FRAMES), folder / "picture", *numbers])
    return Figure(
        name="allocations",
        title="Allocations of the letterbox after the first frame",
        unit="allocations",
        spread=Spread(counts["letterbox"], counts["letterbox"], counts["letterbox"], FRAMES),
        target=NONE,
        sides=(Side("letterbox", counts["letterbox"], ""), Side("first frame", counts["first_frame"], "")),
        note=f"{FRAMES} frames",
        picture=picture.name,
    )
