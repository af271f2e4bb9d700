"""Every task against the numpy reference, over random outputs of all contracts."""

import numpy as np
import pytest

from tests.cpp import task_cases
from tests.cpp.native_tasks import Model, Tasks, Thresholds

pytestmark = pytest.mark.proof("core")


@pytest.mark.parametrize("seed", range(4))
def test_poses_are_the_references(tasks: Tasks, seed: int) -> None:
    """4,000 outputs: the same boxes in the same order, and every point to a thousandth of a pixel."""
    assert task_cases.check_pose(tasks, seed, 1000) > 10_000


@pytest.mark.parametrize("seed", range(4))
def test_oriented_boxes_are_the_references(tasks: Tasks, seed: int) -> None:
    """4,000 outputs: the same boxes in the same order, with the same angles."""
    assert task_cases.check_obb(tasks, seed, 1000) > 2_000


def test_likenesses_are_the_references(tasks: Tasks) -> None:
    """20,000 pairs of boxes, most of which overlap."""
    task_cases.check_overlaps(tasks, 1, 20_000)


def test_tiny_boxes_are_alike_as_in_the_reference(tasks: Tasks) -> None:
    """2,000 pairs of boxes of a few hundredths of a pixel, where the epsilons count."""
    task_cases.check_tiny_overlaps(tasks, 1, 2000)


def test_corners_are_the_references(tasks: Tasks) -> None:
    """1,000 boxes."""
    task_cases.check_corners(tasks, 1, 1000)


@pytest.mark.parametrize("seed", range(4))
def test_masks_are_the_references(tasks: Tasks, seed: int) -> None:
    """1,600 outputs, half of them with masks of the picture's size: pixels, boxes and polygons."""
    assert task_cases.check_segment(tasks, seed, 400) > 500


def test_probabilities_are_the_references(tasks: Tasks) -> None:
    """1,000 outputs of up to 1,000 classes."""
    task_cases.check_classify(tasks, 1, 1000)


def test_class_maps_are_the_references(tasks: Tasks) -> None:
    """600 outputs of 1 to 19 classes, of the input's resolution and of an eighth of it."""
    task_cases.check_semantic(tasks, 1, 600)


def test_depth_maps_are_the_references(tasks: Tasks) -> None:
    """400 outputs."""
    task_cases.check_depth(tasks, 1, 400)


def test_more_classes_than_a_byte_has_numbers_for_are_refused(tasks: Tasks) -> None:
    """The bridge gives class maps as bytes, of which 255 is none."""
    tasks.task(Model("semantic", "logits", (8, 8), 255, ((1, 255, 8, 8),)))
    with pytest.raises(ValueError, match="refused"):
        tasks.task(Model("semantic", "logits", (8, 8), 256, ((1, 256, 8, 8),)))


@pytest.mark.parametrize(("name", "contract"), [("semantic", "logits"), ("depth", "depth")])
def test_a_large_photo_s_memory_is_let_go(tasks: Tasks, name: str, contract: str) -> None:
    """And that of frames is used again: a little smaller, it stays."""
    model = Model(name, contract, (8, 8), 2, ((1, 2 if name == "semantic" else 1, 8, 8),))
    task = tasks.task(model)
    outputs = [np.zeros(model.shapes[0], np.float32)]
    kept = []
    for source in ((400, 500), (200, 500), (20, 30)):
        task.run(outputs, source, Thresholds())
        kept.append(int(task.part("capacity", np.uint64).max()))
    assert kept == [200_000, 200_000, 600]
