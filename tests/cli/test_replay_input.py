"""Which mistake explains a wrong input of a classifier, or of a detector with another letterbox."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from edgegen.artifacts.capture import Capture, Values
from edgegen.base.arrays import Float32, Uint8
from edgegen.commands.explain import explain_input
from edgegen.model.spec import (
    CENTRE_CROP,
    LETTERBOX,
    LETTERBOX_TOP_LEFT,
    WHOLE_PICTURE,
    InputSpec,
    ModelSpec,
    OutputSpec,
)
from edgegen.parity.pictures import drawn_pictures
from edgegen.tasks.prepared import prepare
from tests.helpers.specs import spec_from_metadata


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        (64, WHOLE_PICTURE, "the picture is stretched, not cropped"),
        (WHOLE_PICTURE, 64, "the centre is cut out, and the model takes the whole picture"),
        (72, 64, "no usual mistake explains it"),
    ],
)
def test_another_resize_of_a_classifier_is_named(right: int, wrong: int, message: str) -> None:
    rgb = np.ascontiguousarray(drawn_pictures((64, 64))[0].rgb[:, :50])
    given = [InputSpec(64, 64, resize=CENTRE_CROP, shorter_side=side) for side in (right, wrong)]
    tensor = prepare(rgb, given[1]).tensor.reshape(-1)
    spec = spec_from_metadata("classify", ("a", "b"), given[0], OutputSpec("logits", ((1, 2),)))
    assert message in mistake_of(spec, tensor, rgb)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"resize": LETTERBOX}, "the picture is in the middle, not at the top left"),
        ({"color": "RGB"}, "red and blue are exchanged"),
        ({"scale": 1 / 255}, "the values are divided by 255, not bytes"),
        ({"pad_value": 0}, "the border is 0, not 114"),
    ],
)
def test_another_letterbox_of_bytes_is_named(change: dict[str, Any], message: str) -> None:
    rgb = np.ascontiguousarray(drawn_pictures((64, 64))[0].rgb[:, :50])
    given = InputSpec(64, 64, color="BGR", scale=1.0, resize=LETTERBOX_TOP_LEFT)
    shapes = ((1, 4, 8, 8), (1, 2, 8, 8))
    spec = spec_from_metadata("detect", ("a", "b"), given, OutputSpec("raw", shapes, 1, (8,)))
    tensor = prepare(rgb, replace(given, **change)).tensor.reshape(-1)
    assert message in mistake_of(spec, tensor, rgb)


def mistake_of(spec: ModelSpec, tensor: Float32, rgb: Uint8) -> str:
    """Return the mistake that a capture with this input has."""
    unused: dict[str, Any] = dict.fromkeys(Capture.__dataclass_fields__)
    capture = Capture(**{**unused, "spec": spec, "input": Values(tensor, tensor.size, 1, "")})
    stage, mistake = explain_input(capture, rgb, rgb)
    assert stage == "letterbox"
    return mistake
