"""RF-DETR at its full size: the program, its parts and its rows."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch

from edgegen import runtimes, tasks
from edgegen.artifacts.pte import read_pte
from edgegen.base.progress import NoProgress
from edgegen.model.spec import InputSpec, OutputSpec
from edgegen.sources.identify import open_model
from tests.helpers import rfdetr_models

SIDE, ROWS, CLASSES = 384, 300, 80
MEGABYTES = 108


@dataclass(frozen=True)
class Spec:
    """The part of a ModelSpec that a predictor reads."""

    input: InputSpec


@pytest.mark.full
def test_nano_lowers_to_three_parts_with_pytorchs_rows(tmp_path: Path) -> None:
    """Weights as for COCO, with random values: 12 layers of the library's encoder."""
    model, config = rfdetr_models.build(classes=90)
    detector = open_model(rfdetr_models.save(tmp_path / "rf-detr-nano.pth", model, config, names=None))
    del model
    spec: Any = Spec(tasks.find("detect").input_spec(detector.facts, SIDE, SIDE))
    coarse = torch.randn(1, 3, 24, 24, generator=torch.Generator().manual_seed(1))
    tensor = torch.nn.functional.interpolate(coarse, (SIDE, SIDE), mode="bilinear").numpy()
    theirs = detector.predictor(spec).outputs(tensor)

    runtime = runtimes.default()
    program, shapes = runtime.lower(
        detector.module("detections"), (SIDE, SIDE), runtimes.default_backend(), NoProgress()
    )
    path = tmp_path / "model.pte"
    path.write_bytes(program)
    assert shapes == ((1, ROWS, 6),)
    assert len(program) < 1e6 * MEGABYTES
    assert detector.facts.notes[0].startswith(f"{len(program) / 1e6:.0f} MB in float32")
    (method,) = read_pte(path).methods
    assert sum(delegate.count for delegate in method.delegates) == 3
    assert sum(operator.count for operator in method.operators) == 8
    output = OutputSpec("detections", shapes, classes=CLASSES)
    stages = tasks.find("detect").decoder.compare_outputs(runtime.load(path)(tensor), theirs, output)
    assert all(stage.passed for stage in stages), stages
