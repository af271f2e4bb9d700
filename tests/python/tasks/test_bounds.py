"""The outputs of a head whose quantization range is fixed by the task and not measured."""

import pytest

from edgegen import tasks
from edgegen.tasks.detect import LOGITS


@pytest.mark.parametrize(
    ("task", "outputs", "classes"),
    [
        ("detect", 6, (1, 3, 5)),
        ("pose", 9, (1, 4, 7)),
        ("obb", 9, (1, 4, 7)),
        ("segment", 10, (1, 4, 7)),
        ("classify", 1, ()),
        ("semantic", 1, ()),
        ("depth", 1, ()),
    ],
)
def test_bounds_cover_only_class_logits(task: str, outputs: int, classes: tuple[int, ...]) -> None:
    """Bounds on boxes, keypoints, angles, coefficients or prototypes would clip their values."""
    assert tasks.find(task).bounds(outputs) == dict.fromkeys(classes, LOGITS)
