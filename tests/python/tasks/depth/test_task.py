"""The depth task: contract, the PNG of an app, comparison."""

from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from PIL import Image

from edgegen.base.errors import InputError, UnsupportedModelError
from edgegen.model.spec import InputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.tasks.depth import TASK
from edgegen.tasks.depth.decode import DepthMap
from edgegen.tasks.prepared import prepare
from edgegen.tasks.task import Signature

RIGHT: Final = DepthMap(np.exp(np.random.default_rng(1).normal(0, 1, (30, 40))).astype(np.float32))


def compared(ours: DepthMap) -> Any:
    return ours.compare(RIGHT, Thresholds(), None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("shapes", "error"),
    [
        (((1, 1, 16, 24),), None),
        (((1, 1, 64, 96),), None),
        (((1, 2, 16, 24),), InputError),
        (((1, 1, 128, 96),), InputError),
        (((1, 16, 24),), UnsupportedModelError),
    ],
)
def test_read_outputs_accepts_only_one_map_no_finer_than_the_input(
    shapes: Any, error: type[InputError] | None
) -> None:
    signature = Signature(Path("model.pte"), 64, 96, shapes, Path("metadata.yaml"), ("depth",))
    if error is None:
        assert TASK.read_outputs(signature).contract == "depth"
    else:
        with pytest.raises(error):
            TASK.read_outputs(signature)


def test_prepare_stretches_the_picture_over_the_whole_input() -> None:
    """There is no border, and each axis has its own gain."""
    rgb = np.random.default_rng(2).integers(0, 256, (50, 131, 3), dtype=np.uint8)
    given = prepare(rgb, InputSpec(64, 96, resize="stretch"))
    assert given.pixels.shape == (64, 96, 3)
    assert (given.plan.left, given.plan.top, given.plan.resized_width) == (0, 0, 96)
    assert (given.plan.gain_x, given.plan.gain_y) == (96 / 131, 64 / 50)


@pytest.mark.parametrize(
    ("by", "passes"), [(1.0009, True), (1.0011, False), (0.9989, False), (np.nan, False)]
)
def test_compare_fails_if_one_depth_is_off_by_more_than_a_thousandth(by: float, passes: bool) -> None:
    """The tolerance is relative, so near and far depths are tested."""
    for place in (RIGHT.depth.argmin(), RIGHT.depth.argmax()):
        ours = RIGHT.depth.copy()
        ours.reshape(-1)[place] *= np.float32(by)
        assert compared(DepthMap(ours)).passed == passes
    assert compared(DepthMap(RIGHT.depth[:-1])).problems


def test_compare_tolerates_the_rounding_of_a_16_bit_png(tmp_path: Path) -> None:
    """Two steps near the least depth are a difference."""
    low, high = (float(each) for each in (RIGHT.depth.min(), RIGHT.depth.max() * 100))
    far = RIGHT.depth.copy()
    far[0, 0] = high
    steps = np.round((far.astype(np.float64) - low) / (high - low) * 65535).astype(np.uint16)
    for more, passes in ((0, True), (2, False)):
        steps.reshape(-1)[far.argmin()] += more
        Image.fromarray(steps).save(tmp_path / "map.png")
        ours = TASK.decoder.from_json([{"min": low, "max": high, "file": str(tmp_path / "map.png")}])
        found = ours.compare(DepthMap(far), Thresholds(), None)  # type: ignore[arg-type]
        assert found.passed == passes, str(found)
    assert RIGHT.to_json(["depth"])[0]["min"] == pytest.approx(low)
    assert " - " in RIGHT.spoken_text(["depth"])


def test_words_leave_out_depths_that_are_not_finite() -> None:
    some = np.array([[np.nan, 2.0], [np.inf, 4.5]], dtype=np.float32)
    assert DepthMap(some).spoken_text(["depth"]) == "2.0 - 4.5"
    assert DepthMap(some[:, :1]).spoken_text(["depth"]) == ""


def test_json_range_ignores_values_that_are_not_finite(tmp_path: Path) -> None:
    """The range is 0 to 0 if no depth is finite, as in the apps; such a map equals no other."""
    some = np.array([[np.nan, 2.0], [np.inf, 4.5]], dtype=np.float32)
    assert DepthMap(some).to_json(["depth"]) == [{"min": 2.0, "max": 4.5}]
    none = DepthMap(np.full((2, 3), np.nan, dtype=np.float32))
    (said,) = none.to_json(["depth"])
    assert said == {"min": 0.0, "max": 0.0}
    Image.fromarray(np.zeros((2, 3), np.uint16)).save(tmp_path / "map.png")
    told = TASK.decoder.from_json([{**said, "file": str(tmp_path / "map.png")}])
    assert not told.compare(none, Thresholds(), None).passed  # type: ignore[arg-type]
