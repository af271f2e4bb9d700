"""Every task against the numpy reference, over random outputs of all contracts."""

import numpy as np
import pytest

from tests.cpp import task_checks
from tests.cpp.native_tasks import Model, Tasks, Thresholds

pytestmark = pytest.mark.proof("core")


@pytest.mark.parametrize("seed", range(4))
def test_poses_equal_the_reference(tasks: Tasks, seed: int) -> None:
    """4,000 outputs: equal boxes in equal order, and every point to a thousandth of a pixel."""
    assert task_checks.check_pose(tasks, seed, 1000) > 10_000


@pytest.mark.parametrize("seed", range(4))
def test_oriented_boxes_equal_the_reference(tasks: Tasks, seed: int) -> None:
    """4,000 outputs: equal boxes and angles in equal order."""
    assert task_checks.check_obb(tasks, seed, 1000) > 2_000


def test_overlaps_of_oriented_boxes_equal_the_reference(tasks: Tasks) -> None:
    """20,000 pairs of boxes, most of which overlap."""
    task_checks.check_overlaps(tasks, 1, 20_000)


def test_overlaps_of_tiny_oriented_boxes_equal_the_reference(tasks: Tasks) -> None:
    """2,000 pairs of boxes of a few hundredths of a pixel, where the epsilons matter."""
    task_checks.check_tiny_overlaps(tasks, 1, 2000)


def test_corners_equal_the_reference(tasks: Tasks) -> None:
    """1,000 boxes."""
    task_checks.check_corners(tasks, 1, 1000)


@pytest.mark.parametrize("seed", range(4))
def test_masks_equal_the_reference(tasks: Tasks, seed: int) -> None:
    """1,600 outputs, half of them with masks of the picture's size: pixels, boxes and polygons."""
    assert task_checks.check_segment(tasks, seed, 400) > 500


def test_probabilities_equal_the_reference(tasks: Tasks) -> None:
    """1,000 outputs of up to 1,000 classes."""
    task_checks.check_classify(tasks, 1, 1000)


def test_class_maps_equal_the_reference(tasks: Tasks) -> None:
    """600 outputs of 1 to 19 classes, of the input's resolution and of an eighth of it."""
    task_checks.check_semantic(tasks, 1, 600)


def test_depth_maps_equal_the_reference(tasks: Tasks) -> None:
    """400 outputs."""
    task_checks.check_depth(tasks, 1, 400)


def test_semantic_task_rejects_more_than_255_classes(tasks: Tasks) -> None:
    """Class maps have bytes, and 255 means no class."""
    tasks.task(Model("semantic", "logits", (8, 8), 255, ((1, 255, 8, 8),)))
    with pytest.raises(ValueError, match="refused"):
        tasks.task(Model("semantic", "logits", (8, 8), 256, ((1, 256, 8, 8),)))


@pytest.mark.parametrize(("name", "contract"), [("semantic", "logits"), ("depth", "depth")])
def test_memory_of_a_map_is_freed_after_a_large_photo(tasks: Tasks, name: str, contract: str) -> None:
    """A slightly smaller frame uses the memory again."""
    model = Model(name, contract, (8, 8), 2, ((1, 2 if name == "semantic" else 1, 8, 8),))
    task = tasks.task(model)
    outputs = [np.zeros(model.shapes[0], np.float32)]
    kept = []
    for source in ((400, 500), (200, 500), (20, 30)):
        task.run(outputs, source, Thresholds())
        kept.append(int(task.part("capacity", np.uint64).max()))
    assert kept == [200_000, 200_000, 600]


def test_kept_detections_keep_what_belongs_to_them(tasks: Tasks) -> None:
    """With `vision::keep_if`, as in README's "Your first change"."""
    assert task_checks.check_keep(tasks, 1, 40) > 100
