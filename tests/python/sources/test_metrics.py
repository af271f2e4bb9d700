"""Ultralytics' functions for scores take and return numpy arrays."""

import numpy as np
import pytest

from edgegen.model.thresholds import Thresholds
from edgegen.sources.ultralytics import metrics

THRESHOLDS = np.linspace(0.5, 0.95, 10)
SQUARE = np.array([[0, 0, 10, 10]], np.float32)


def test_boxes_that_share_three_quarters_match_at_six_thresholds() -> None:
    """An IoU of 0.75 is reached by the thresholds 0.5 to 0.75. The box of another class matches at none."""
    found = np.array([[0, 0, 10, 7.5], [0, 0, 10, 10]], np.float32)
    overlaps = metrics.overlap_boxes(SQUARE, found)
    assert overlaps == pytest.approx(np.array([[0.75, 1]]))
    matches = metrics.match(np.array([1, 0]), np.array([1]), overlaps, THRESHOLDS)
    assert matches.sum(axis=1).tolist() == [6, 0]


def test_average_precision_of_a_class_without_matches_is_zero() -> None:
    matches = np.array([[True] * 10, [False] * 10])
    scores = np.array([0.9, 0.8], np.float32)
    precision, classes = metrics.average_precision(matches, scores, np.array([0, 2]), np.array([0, 2]))
    assert classes.tolist() == [0, 2]
    assert precision.mean(axis=1) == pytest.approx([0.995, 0])


def test_drawn_polygon_overlaps_its_upper_rows_by_their_share() -> None:
    """The polygon is a square of 16 input pixels, so four of a mask's pixels, in each direction."""
    square = np.array([[8, 8], [24, 8], [24, 24], [8, 24]], np.float32)
    drawn = metrics.draw_polygons([square], (32, 32))
    assert drawn.shape == (1, 8, 8)
    low, high = np.argwhere(drawn[0]).min(axis=0), np.argwhere(drawn[0]).max(axis=0) + 1
    assert drawn.sum() == (high - low).prod()
    box = np.array([[low[1], low[0], high[1], low[0] + 2]], np.float32)
    upper = metrics.crop_masks(drawn, box)
    assert metrics.overlap_masks(drawn, upper) == pytest.approx(upper.sum() / drawn.sum())
    assert upper.sum() == 2 * (high - low)[1]


def test_nms_keeps_a_box_once_for_each_class_above_the_threshold() -> None:
    """Of equal boxes, one is left for each class."""
    table = np.array([[5, 5, 10, 10, 0.9, 0.3], [5, 5, 10, 10, 0.8, 0.1]], np.float32)
    rows, places = metrics.choose_by_nms(table, Thresholds(confidence=0.2), num_classes=2, rotated=False)
    assert rows[:, :4].tolist() == [[0, 0, 10, 10]] * 2
    assert rows[:, 5].tolist() == [0, 1]
    assert places.tolist() == [0, 0]
