"""Ultralytics' exports to other formats, and its predict on them: what edgegen is timed against."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edgegen.base.files import give_second_name
from edgegen.base.quiet import quiet
from edgegen.model.thresholds import Thresholds
from edgegen.sources.ultralytics.checkpoint import require_ultralytics


def export(checkpoint: Path, form: str, input_hw: tuple[int, int], folder: Path) -> Path:
    """Export a checkpoint as `yolo export format=...` does, in float32; return the file or folder made.

    It runs in this process, which the format's own packages may leave in any state.
    """
    # MNN's converter would install a package as it is imported, and report to its maker who converts what.
    sys.modules["MNN.tools.utils.log"] = None  # type: ignore[assignment]  # it does without where that fails
    with quiet():
        require_ultralytics()
        from ultralytics.models import YOLO

        here = folder / checkpoint.name  # Ultralytics exports beside the checkpoint
        give_second_name(checkpoint, here)
        return Path(
            YOLO(here).export(format=form, imgsz=list(input_hw), batch=1, device="cpu", verbose=False)
        )


def forwarding(
    checkpoint: Path, task: str, input_hw: tuple[int, int]
) -> Callable[[npt.NDArray[np.float32]], Any]:
    """Return the module that predict runs, as predict lays it out in memory, for tensors [1, 3, H, W]."""
    import torch

    with quiet():
        require_ultralytics()
        from ultralytics.models import YOLO

        opened = YOLO(checkpoint, task=task, verbose=False)
        nothing = np.zeros((*input_hw, 3), dtype=np.uint8)
        opened.predict(nothing, imgsz=list(input_hw), rect=False, device="cpu", verbose=False, save=False)
    predictor: Any = opened.predictor
    module = predictor.model.backend.model

    def forward(tensor: npt.NDArray[np.float32]) -> Any:
        with torch.inference_mode():
            return module(torch.from_numpy(tensor))

    return forward


def predicting(
    model: Path, task: str, input_hw: tuple[int, int], thresholds: Thresholds
) -> Callable[[npt.NDArray[np.uint8]], Any]:
    """Return predict on a checkpoint or an export of it, for pictures [h, w, 3] in memory, in BGR."""
    with quiet():
        require_ultralytics()
        from ultralytics.models import YOLO

        opened = YOLO(model, task=task, verbose=False)
    options: dict[str, Any] = {
        "imgsz": list(input_hw),
        "rect": False,
        "conf": thresholds.confidence,
        "iou": thresholds.iou,
        "max_det": thresholds.max_det,
        "device": "cpu",
        "verbose": False,
        "save": False,
    }
    return lambda bgr: opened.predict(bgr, **options)


def example_photo() -> Path:
    """Return the photo of 1280 x 720 that comes with Ultralytics."""
    with quiet():
        require_ultralytics()
        from ultralytics.utils import ASSETS

    return Path(ASSETS) / "zidane.jpg"
