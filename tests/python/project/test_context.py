"""Values that all templates share."""

from dataclasses import replace

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


def test_int8_model_has_no_call_of_predict() -> None:
    """Its results differ from those of its checkpoint."""
    program = replace(SPEC.programs[0], precision=INT8.name)
    int8 = replace(SPEC, programs=(program,))
    assert shared_context(int8, Options("Cats", "cats"))["predict_call"] == ""
