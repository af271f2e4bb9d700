"""Which of a head's outputs a quantizer spends its steps on as is told, not as is seen."""

import pytest

from edgegen import tasks
from edgegen.tasks.detect.task import LOGITS


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
def test_only_logits_of_classes_are_bound(task: str, outputs: int, classes: tuple[int, ...]) -> None:
    """Not boxes, keypoints, angles, coefficients or prototypes, which would be cut off."""
    assert tasks.find(task).bounds("raw", outputs) == dict.fromkeys(classes, LOGITS)
