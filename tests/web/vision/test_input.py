"""Plan, bytes and tensor of the input, against the numpy reference."""

import numpy as np
import pytest

from edgegen.model.spec import CENTRE_CROP, LETTERBOX, LETTERBOX_TOP_LEFT, STRETCH, InputSpec
from edgegen.tasks.prepared import prepare
from tests.cpp.letterbox_comparisons import sizes_at_halves
from tests.web.vision.core import Core
from tests.web.vision.input_comparisons import check_input, check_plan, input_model, picture_of
from tests.web.vision.rendered import folder_of

pytestmark = pytest.mark.proof("javascript")
LETTERBOXES = (LETTERBOX, LETTERBOX_TOP_LEFT)
MODELS = (  # task, contract, resize
    ("detect", "raw", LETTERBOX),
    ("detect", "raw", LETTERBOX_TOP_LEFT),
    ("detect", "detections", CENTRE_CROP),
    ("depth", "depth", STRETCH),
    ("classify", "logits", CENTRE_CROP),
)


@pytest.mark.parametrize("resize", LETTERBOXES)
def test_plan_equals_the_reference(js: Core, resize: str) -> None:
    """Sizes, borders and gains, also for sides of exactly n + 1/2 at 640, and extreme pictures."""
    pairs = sizes_at_halves((640,))
    check_plan(js, resize, pairs[:: max(len(pairs) // 500, 1)])
    rng = np.random.default_rng(0)
    sides = [[int(side) for side in rng.integers(1, 5000, 4)] for _ in range(500)]
    check_plan(js, resize, [((a, b), (c, d)) for a, b, c, d in sides])
    check_plan(js, resize, [((1, 1), (640, 640)), ((1, 5000), (320, 640)), ((5000, 1), (640, 320))])


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("model", MODELS)
def test_input_equals_the_reference(js: Core, model: tuple[str, str, str], seed: int) -> None:
    """300 random pictures and normalizations: not one bit of a byte or of a tensor differs."""
    check_input(js, model, seed, 300)


@pytest.mark.parametrize("source", [(720, 1280), (480, 640), (1280, 853), (640, 640), (1, 1)])
@pytest.mark.parametrize("side", [320, 640])
@pytest.mark.parametrize("resize", [*LETTERBOXES, CENTRE_CROP])
def test_usual_frames_equal_the_reference(js: Core, source: tuple[int, int], side: int, resize: str) -> None:
    """Frames of cameras, and the smallest picture."""
    picture = np.random.default_rng(7).integers(0, 256, (*source, 3), dtype=np.uint8)
    spec = InputSpec(side, side, resize=resize)
    folder = folder_of("detect", "raw", resize)
    ours = js.call(folder, "pipeline", "letterbox", picture_of(picture), input_model(spec))
    theirs = prepare(picture, spec)
    np.testing.assert_array_equal(ours["pixels"], theirs.pixels.reshape(-1))
    np.testing.assert_array_equal(ours["tensor"], theirs.tensor.reshape(-1))
