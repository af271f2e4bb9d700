"""Which mistake explains a wrong input of a classifier."""

from typing import Any

import numpy as np
import pytest

from edgegen.artifacts.capture import Capture, Values
from edgegen.commands.explain import explain_input
from edgegen.model.spec import CENTRE_CROP, WHOLE_PICTURE, InputSpec, OutputSpec
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
    unused: dict[str, Any] = dict.fromkeys(Capture.__dataclass_fields__)
    spec = spec_from_metadata("classify", ("a", "b"), given[0], OutputSpec("logits", ((1, 2),)))
    capture = Capture(**{**unused, "spec": spec, "input": Values(tensor, tensor.size, 1, "")})
    stage, mistake = explain_input(capture, rgb, rgb)
    assert stage == "letterbox"
    assert message in mistake
