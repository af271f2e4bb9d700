"""The overlaps that NMS of oriented boxes compares with its threshold."""

import numpy as np

from edgegen.reference.nms import probiou
from edgegen.tasks.obb.decode import OrientedBoxes, upright_boxes

ROTATED = np.array([[50, 50, 40, 20, 0.3], [56, 51, 40, 20, 0.35], [52, 52, 40, 20, 0.3]], dtype=np.float32)
CLASSES = np.array([1, 1, 0])


def overlaps(agnostic: bool) -> np.ndarray:
    boxes = OrientedBoxes(upright_boxes(ROTATED), np.ones(3, dtype=np.float32), CLASSES, ROTATED)
    return boxes.nms_overlaps(boxes, range(3), agnostic)


def test_boxes_of_other_classes_do_not_overlap() -> None:
    right = np.where(CLASSES[:, None] == CLASSES, probiou(ROTATED, ROTATED), 0)
    assert 0.3 < right[0, 1] < 0.9
    np.testing.assert_allclose(overlaps(agnostic=False), np.hstack([right, right]), atol=1e-3)


def test_boxes_of_all_classes_overlap_if_agnostic() -> None:
    right = probiou(ROTATED, ROTATED)
    np.testing.assert_allclose(overlaps(agnostic=True), np.hstack([right, right]), atol=1e-6)
