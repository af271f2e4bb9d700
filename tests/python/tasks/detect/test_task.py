"""The detection task: JSON, words, and the sample of golden vectors."""

import json

import numpy as np

from edgegen.tasks.detect import TASK
from edgegen.tasks.detect.result import Detections


def found() -> Detections:
    """Return four boxes, not sorted by score, with values that need all digits of a float32."""
    boxes = np.array([[0.1, 1 / 3, 2, 3.7], [0, 0, 1e-7, 5], [4, 4, 4, 4], [1, 2, 1023.9999, 4]], np.float32)
    return Detections(boxes, np.array([0.5, 0.9, 0.8, 0.3], np.float32), np.array([0, 2, 0, 1]))


def test_json_round_trip_keeps_every_bit() -> None:
    """Also of an empty result."""
    for shown in (
        found(),
        Detections(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros(0, int)),
    ):
        printed = json.dumps(shown.to_json(["bowl", "orange", "a, b"]))
        read = TASK.decoder.from_json(json.loads(printed))
        for ours, theirs in zip(
            (read.boxes, read.scores, read.class_ids),
            (shown.boxes, shown.scores, shown.class_ids),
            strict=True,
        ):
            np.testing.assert_array_equal(ours, theirs)
            assert ours.shape == theirs.shape
            assert ours.dtype == theirs.dtype


def test_words_count_classes_in_the_order_of_their_best_score() -> None:
    """As `3 bowl, 4 orange, 1 broccoli`; an empty result gives an empty text."""
    assert found().spoken_text(["bowl", "orange", "a, b"]) == "1 a, b, 2 bowl, 1 orange"
    nothing = Detections(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros(0, np.int64))
    assert nothing.spoken_text(["bowl"]) == ""
