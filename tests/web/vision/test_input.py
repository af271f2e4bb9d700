"""Plan, bytes and tensor of the input, against the numpy reference."""

import numpy as np
import pytest

from edgegen.model.spec import CENTRE_CROP, LETTERBOX, STRETCH, InputSpec
from edgegen.tasks.prepared import prepare
from tests.cpp.letterbox_comparisons import check_plan, sizes_at_halves
from tests.web.vision.core import Core
from tests.web.vision.input_comparisons import check_input, input_model, picture_of

pytestmark = pytest.mark.proof("javascript")


def test_plan_equals_the_reference(js: Core) -> None:
    """Sizes and borders, also for sides of exactly n + 1/2 at 640."""
    pairs = sizes_at_halves((640,))
    check_plan(js, pairs[:: max(len(pairs) // 500, 1)])  # type: ignore[arg-type]
    rng = np.random.default_rng(0)
    sizes = [tuple(tuple(map(int, rng.integers(1, 5000, 2))) for _ in range(2)) for _ in range(500)]
    check_plan(js, sizes)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("resize", [LETTERBOX, STRETCH, CENTRE_CROP])
def test_input_equals_the_reference(js: Core, resize: str, seed: int) -> None:
    """300 random pictures and normalizations: not one bit of a byte or of a tensor differs."""
    check_input(js, resize, seed, 300)


@pytest.mark.parametrize("source", [(720, 1280), (480, 640), (1280, 853), (640, 640), (1, 1)])
@pytest.mark.parametrize("side", [320, 640])
def test_usual_frames_equal_the_reference(js: Core, source: tuple[int, int], side: int) -> None:
    """Frames of cameras, and the smallest picture."""
    picture = np.random.default_rng(7).integers(0, 256, (*source, 3), dtype=np.uint8)
    spec = InputSpec(side, side)
    ours = js.call("detect/raw", "pipeline", "letterbox", picture_of(picture), input_model(spec))
    theirs = prepare(picture, spec)
    np.testing.assert_array_equal(ours["pixels"], theirs.pixels.reshape(-1))
    np.testing.assert_array_equal(ours["tensor"], theirs.tensor.reshape(-1))
