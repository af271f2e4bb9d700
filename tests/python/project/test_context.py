"""Values that all templates share."""

from dataclasses import replace
from typing import Any

import pytest

from edgegen.model.precision import INT8
from edgegen.model.spec import InputSpec, OutputSpec
from edgegen.project.context import Options, shared_context
from tests.helpers.specs import spec_from_metadata

SPEC = spec_from_metadata(
    "detect", ("cat", "dog"), InputSpec(160, 192), OutputSpec("decoded", ((1, 6, 630),))
)


def test_call_of_predict_has_the_options_that_differ_from_its_defaults() -> None:
    usual = shared_context(SPEC, Options("Cats", "cats"))["predict_call"]
    assert usual == 'YOLO("best.pt").predict("photo.jpg", imgsz=[160, 192], rect=False)'
    options = Options("Cats", "cats", confidence=0.5, iou=0.4, max_det=9, keep_classes=(1,))
    assert shared_context(SPEC, options)["predict_call"] == (
        'YOLO("best.pt").predict("photo.jpg", imgsz=[160, 192], rect=False, conf=0.5, iou=0.4, max_det=9, '
        "classes=[1])"
    )


def test_call_of_predict_chooses_the_branch_of_the_head() -> None:
    """Without `nms=False`, predict uses the branch that needs NMS, whatever the checkpoint's default is."""
    spec = replace(SPEC, output=replace(SPEC.output, contract="end2end"))
    assert shared_context(spec, Options("Cats", "cats"))["predict_call"] == (
        'YOLO("best.pt").predict("photo.jpg", imgsz=[160, 192], rect=False, nms=False)'
    )


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"checkpoint_name": "birds.onnx"}, "best.onnx"),
        ({"checkpoint_name": "birds.torchscript"}, "best.torchscript"),
        ({"checkpoint_name": "birds.`"}, "best.pt"),
        ({"input": InputSpec(160, 192)}, "best.pt"),
        ({"input": InputSpec(160, 176)}, ""),  # Ultralytics pads it to 192
        ({"input": InputSpec(160, 176), "checkpoint_name": "birds.onnx"}, "best.onnx"),
        ({"task": "semantic"}, "best.pt"),
        ({"task": "semantic", "checkpoint_name": "birds.onnx"}, ""),  # Ultralytics enlarges its classes
    ],
)
def test_call_of_predict_is_whole_or_missing(changes: dict[str, Any], name: str) -> None:
    call = shared_context(replace(SPEC, **changes), Options("Cats", "cats"))["predict_call"]
    assert call.startswith(f'YOLO("{name}").predict(') if name else call == ""


def test_int8_model_has_no_call_of_predict() -> None:
    """Its results differ from those of its checkpoint."""
    program = replace(SPEC.programs[0], precision=INT8)
    int8 = replace(SPEC, programs=(program,))
    assert shared_context(int8, Options("Cats", "cats"))["predict_call"] == ""
