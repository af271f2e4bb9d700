"""Ultralytics' exports to other formats, and its predict on them: what edgegen is timed against."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edgegen.base.files import link_or_copy
from edgegen.base.quiet import quiet
from edgegen.model.thresholds import Thresholds
from edgegen.sources.ultralytics.checkpoint import require_ultralytics


@dataclass(frozen=True)
class Model:
    """How a model is to be run."""

    task: str
    input_hw: tuple[int, int]
    one_to_one: bool  # by that branch of the head, which needs no NMS

    @property
    def options(self) -> dict[str, Any]:
        """What Ultralytics calls it."""
        nms = {"nms": False} if self.one_to_one else {}
        return {"imgsz": list(self.input_hw), "device": "cpu", "verbose": False, **nms}


def export(checkpoint: Path, form: str, model: Model, folder: Path) -> Path:
    """Export a checkpoint as `yolo export format=...` does, in float32; return the file or folder made.

    It runs in this process, which the format's own packages may leave in any state.
    """
    _without_reports(form)
    here = folder / checkpoint.name  # Ultralytics exports beside the checkpoint
    link_or_copy(checkpoint, here)
    return Path(_opened(here, model).export(format=form, batch=1, **model.options))


def _without_reports(form: str) -> None:
    """Keep converters from reporting to their makers who converts what."""
    if form == "mnn":  # it would install a package for that, too; it does without where the import fails
        sys.modules["MNN.tools.utils.log"] = None  # type: ignore[assignment]
    if form == "paddle":
        from x2paddle import convert

        convert.pytorch2paddle = partial(convert.pytorch2paddle, disable_feedback=True)


def forwarding(checkpoint: Path, model: Model) -> Callable[[npt.NDArray[np.float32]], Any]:
    """Return the module that predict runs, as predict lays it out in memory, for tensors [1, 3, H, W]."""
    import torch

    opened = _opened(checkpoint, model)
    with quiet():
        opened.predict(
            np.zeros((*model.input_hw, 3), dtype=np.uint8), rect=False, save=False, **model.options
        )
    predictor: Any = opened.predictor
    module = predictor.model.backend.model

    def forward(tensor: npt.NDArray[np.float32]) -> Any:
        with torch.inference_mode():
            return module(torch.from_numpy(tensor))

    return forward


def predicting(path: Path, model: Model, thresholds: Thresholds) -> Callable[[npt.NDArray[np.uint8]], float]:
    """Return predict on a checkpoint or an export of it, for pictures [h, w, 3] in memory, in BGR.

    It returns the milliseconds that predict says it took: preprocessing, inference and postprocessing.
    """
    opened = _opened(path, model)
    options = {
        "rect": False,
        "conf": thresholds.confidence,
        "iou": thresholds.iou,
        "max_det": thresholds.max_det,
        "save": False,
        **model.options,
    }
    return lambda bgr: float(sum(opened.predict(bgr, **options)[0].speed.values()))


def _opened(path: Path, model: Model) -> Any:
    with quiet():
        require_ultralytics()
        from ultralytics.models import YOLO

        return YOLO(path, task=model.task, verbose=False)


def example_photo() -> Path:
    """Return the photo of 1280 x 720 that comes with Ultralytics."""
    with quiet():
        require_ultralytics()
        from ultralytics.utils import ASSETS

    return Path(ASSETS) / "zidane.jpg"
