"""Memory asked for per frame by letterbox, decode and NMS, on a real photo and the model's real output."""

from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np

from benchmarks.figures import Figure, Side, Spread, Target
from benchmarks.native import run_allocations
from benchmarks.progress import say
from benchmarks.settings import CONFIDENCE, LOW_CONFIDENCE
from benchmarks.workspace import Workspace
from edgegen.artifacts.model_reader import load_model_spec
from edgegen.model.spec import ModelSpec
from edgegen.reference import letterbox, to_tensor
from edgegen.runtimes.executorch.program import PteProgram

FRAMES = 100
STAGES = ("letterbox", "decode", "nms")
NONE = Target("at_most", 0)


def measure(workspace: Workspace) -> list[Figure]:
    """Count over FRAMES frames after the first one, by turns at both confidences."""
    say(f"allocations: {FRAMES} frames")
    model = workspace.raw_project / "model"
    spec = load_model_spec(model / "model.pte", model / "metadata.yaml")
    return [_count(workspace, spec, picture) for picture in workspace.settings.pictures]


def _count(workspace: Workspace, spec: ModelSpec, picture: Path) -> Figure:
    bgr = np.asarray(cv2.imread(str(picture)), dtype=np.uint8)
    height, width = bgr.shape[:2]
    boxed = letterbox(np.ascontiguousarray(bgr[..., ::-1]), (spec.input.height, spec.input.width))
    outputs = PteProgram(spec.pte)(to_tensor(boxed, spec.input))
    with TemporaryDirectory(dir=workspace.folder) as name:
        folder = Path(name)
        (folder / "picture").write_bytes(bgr.tobytes())
        levels: list[str] = []
        for level, stride in enumerate(spec.output.strides):
            box, cls = outputs[2 * level], outputs[2 * level + 1]
            files = folder / f"box{level}", folder / f"cls{level}"
            for file, values in zip(files, (box, cls), strict=True):
                file.write_bytes(values.tobytes())
            levels += [str(stride), str(cls.shape[2]), *map(str, files)]
        sizes = (width, height, spec.input.width, spec.num_classes, spec.output.reg_max)
        numbers = [str(number) for number in (*sizes, LOW_CONFIDENCE, CONFIDENCE)]
        counts = run_allocations(folder, [str(FRAMES), folder / "picture", *numbers, *levels])
    total = sum(counts[stage] for stage in STAGES)
    return Figure(
        name="allocations",
        title="Allocations after the first frame",
        unit="allocations",
        spread=Spread(total, total, total, FRAMES),
        target=NONE,
        sides=tuple(Side(stage.replace("_", " "), counts[stage], "") for stage in (*STAGES, "first_frame")),
        note=f"{FRAMES} frames, up to {counts['candidates']} candidates and {counts['kept']} boxes",
        picture=picture.name,
    )
