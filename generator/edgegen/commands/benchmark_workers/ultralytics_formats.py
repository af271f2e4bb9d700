"""Ultralytics' exports to other formats, and its predict on them, for `edgegen benchmark`."""

import sys
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from edgegen.base.arrays import Float32, Uint8
from edgegen.base.files import link_or_copy
from edgegen.base.quiet import quiet
from edgegen.model.thresholds import Thresholds
from edgegen.runtimes.executorch.fast_lowering import fast_lowering
from edgegen.sources.ultralytics.predict import open_yolo


@dataclass(frozen=True)
class RunSettings:
    """Settings for running a model."""

    task: str
    input_hw: tuple[int, int]
    one_to_one: bool  # whether the head's one-to-one branch is used, which needs no NMS

    @property
    def options(self) -> dict[str, Any]:
        """The settings as Ultralytics' arguments."""
        nms = {"nms": False} if self.one_to_one else {}
        return {"imgsz": list(self.input_hw), "device": "cpu", "verbose": False, **nms}


def export(checkpoint: Path, form: str, model: RunSettings, folder: Path) -> Path:
    """Export a checkpoint in float32 as `yolo export format=...` does; return the new file or folder.

    Call it in a process of its own: the format's packages may change the state of the process.
    """
    _disable_reports(form)
    copy = folder / checkpoint.name  # Ultralytics exports into the checkpoint's folder
    link_or_copy(checkpoint, copy)
    yolo = open_yolo(copy, model.task)
    # It lowers to the same program, in less than half of the time.
    with fast_lowering() if form == "executorch" else nullcontext():
        return Path(yolo.export(format=form, batch=1, **model.options))


def _disable_reports(form: str) -> None:
    """Stop converters from sending usage reports."""
    if form == "mnn":  # it would also install a package for the report; a failed import is harmless
        sys.modules["MNN.tools.utils.log"] = None  # type: ignore[assignment]
    if form == "paddle":
        from x2paddle import convert

        convert.pytorch2paddle = partial(convert.pytorch2paddle, disable_feedback=True)


def module_forward(checkpoint: Path, model: RunSettings) -> Callable[[Float32], Any]:
    """Return the module that predict runs, in predict's memory layout, for tensors [1, 3, H, W]."""
    import torch

    opened = open_yolo(checkpoint, model.task)
    with quiet():
        opened.predict(
            np.zeros((*model.input_hw, 3), dtype=np.uint8), rect=False, save=False, **model.options
        )
    predictor: Any = opened.predictor
    module = predictor.model.backend.model

    def forward(tensor: Float32) -> Any:
        with torch.inference_mode():
            return module(torch.from_numpy(tensor))

    return forward


def timed_predict(path: Path, model: RunSettings, thresholds: Thresholds) -> Callable[[Uint8], float]:
    """Return predict for BGR pictures [h, w, 3] in memory, on a checkpoint or an export of it.

    It returns predict's own time in milliseconds: preprocessing, inference and postprocessing.
    """
    opened = open_yolo(path, model.task)
    options = {
        "rect": False,
        "conf": thresholds.confidence,
        "iou": thresholds.iou,
        "max_det": thresholds.max_det,
        "save": False,
        **model.options,
    }
    return lambda bgr: float(sum(opened.predict(bgr, **options)[0].speed.values()))
