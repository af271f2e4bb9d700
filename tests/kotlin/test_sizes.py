"""Pictures of one pixel and of 12000 x 9000 pixels for each task, against the numpy references."""

import numpy as np
import pytest

from edgegen.model.spec import ultralytics_shorter_side
from edgegen.reference import letterbox, resize_bilinear
from edgegen.tasks.classify import decode as classify
from tests.helpers.pixel_formats import pack
from tests.kotlin import dense_comparisons, obb_comparisons, segment_comparisons, task_comparisons
from tests.kotlin.jvm import KotlinCore
from tests.kotlin.task_cases import Size

pytestmark = pytest.mark.full

PIXEL = (1, 1)
HUGE = (9000, 12000)
# The app reduces such a photo to this size when it loads it: no side above 4096 (PhotoLoader).
LOADED = (2250, 3000)

CHECKS = {
    "pose": task_comparisons.check_pose,
    "obb": obb_comparisons.check_obb,
    "segment": segment_comparisons.check_segment,
}
MAPS = {"semantic": dense_comparisons.check_semantic, "depth": dense_comparisons.check_depth}


@pytest.mark.parametrize("size", [PIXEL, HUGE])
@pytest.mark.parametrize("task", CHECKS)
def test_detections_in_pictures_of_any_size_equal_the_reference(
    kotlin: KotlinCore, task: str, size: Size
) -> None:
    """Boxes with their keypoints, corners and masks, from 40 outputs of every contract."""
    assert CHECKS[task](kotlin, 3, 40, size) > 100


@pytest.mark.parametrize("task", MAPS)
def test_maps_of_pictures_of_any_size_equal_the_reference(kotlin: KotlinCore, task: str) -> None:
    assert MAPS[task](kotlin, 3, 40, PIXEL) == 40
    assert MAPS[task](kotlin, 3, 1, LOADED) == LOADED[0] * LOADED[1]


@pytest.mark.parametrize("source", [PIXEL, LOADED])
def test_model_inputs_from_pictures_of_any_size_equal_the_reference(kotlin: KotlinCore, source: Size) -> None:
    """Letterboxed, stretched, or cropped as Pillow does it: not one byte differs."""
    row = np.random.default_rng(5).integers(0, 256, (1, source[1], 3), dtype=np.uint8)
    upright = row + np.arange(source[0], dtype=np.uint8)[:, None, None]  # noise for every row is slow
    target = (64, 64)
    crop = classify.crop(upright, classify.plan_crop(source, target, ultralytics_shorter_side(*target)))
    inputs = (
        (kotlin.letterbox, letterbox(upright, target)),
        (kotlin.stretch, resize_bilinear(upright, *target)),
        (kotlin.crop, crop),
    )
    rows = pack(upright, "rgba", 3)
    for make, theirs in inputs:
        box = make(target)
        ours, _ = box.to_bytes(rows, source[1], "rgba")
        np.testing.assert_array_equal(ours, theirs)
        box.free()
