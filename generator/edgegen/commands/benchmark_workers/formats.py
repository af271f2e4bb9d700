"""Exports of a model for other runtimes: Ultralytics' own, and edgegen's ONNX model of any other model."""

import sys
from contextlib import nullcontext
from functools import partial
from pathlib import Path

from edgegen import runtimes
from edgegen.base.files import link_or_copy
from edgegen.base.model_files import ONNX_NAME
from edgegen.base.progress import NoProgress
from edgegen.commands.benchmark_workers.adapters import EDGEGENS_ONNX
from edgegen.model.spec import ONE_TO_ONE, ModelSpec, branch_of
from edgegen.runtimes.executorch.fast_lowering import fast_lowering
from edgegen.sources.identify import open_checkpoint
from edgegen.sources.ultralytics.predict import open_yolo


def export(checkpoint: Path, spec: ModelSpec, form: str, folder: Path) -> Path:
    """Export a checkpoint in float32 for the input size of edgegen's export; return the new file or folder.

    Call it in a process of its own: the format's packages may change the state of the process.
    """
    input_hw = (spec.input.height, spec.input.width)
    if form == EDGEGENS_ONNX:
        backend, path = runtimes.find_backend("onnx"), folder / ONNX_NAME
        module = open_checkpoint(checkpoint, spec).module(spec.output.contract)
        program, _ = runtimes.find(backend.runtime).lower(module, input_hw, backend, NoProgress())
        path.write_bytes(program)
        return path
    _disable_reports(form)
    # Ultralytics exports into the checkpoint's folder, and downloads a model of an official name.
    copy = folder / "checkpoint.pt"
    link_or_copy(checkpoint, copy)
    yolo = open_yolo(copy, spec.task)
    nms = {"nms": False} if branch_of(spec.output.contract) == ONE_TO_ONE else {}
    # It lowers to the same program, in less than half of the time.
    with fast_lowering() if form == "executorch" else nullcontext():
        return Path(
            yolo.export(format=form, batch=1, imgsz=list(input_hw), device="cpu", verbose=False, **nms)
        )


def _disable_reports(form: str) -> None:
    """Stop converters from sending usage reports."""
    if form == "mnn":  # it would also install a package for the report; a failed import is harmless
        sys.modules["MNN.tools.utils.log"] = None  # type: ignore[assignment]
    if form == "paddle":
        from x2paddle import convert

        convert.pytorch2paddle = partial(convert.pytorch2paddle, disable_feedback=True)
