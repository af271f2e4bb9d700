"""The C++ smoothing gives every box and keypoint the place that the reference gives it."""

from collections.abc import Callable, Iterable

import numpy as np
import pytest

from edgegen.reference.smoothing import Smoothing
from trembling import Frame, centred, trembling

from .native_tasks import Tasks


def compare(tasks: Tasks, frames: Iterable[Frame]) -> float:
    """Hold every frame against the reference; return how far it moved what was seen at most, in pixels."""
    frames = list(frames)
    right, moved = Smoothing(), 0.0
    for at, (frame, ours) in enumerate(zip(frames, tasks.smooth(frames), strict=True)):
        before = centred(frame.boxes)
        boxes, points = right.update(frame.numbers, before, frame.time, frame.points)
        assert centred(ours.boxes) == pytest.approx(boxes, abs=1e-3, nan_ok=True), at
        assert ours.points == pytest.approx(points, abs=1e-3, nan_ok=True), at
        if len(boxes):
            moved = max(moved, np.nanmax(np.abs(boxes - before)))
    return moved


def check_upright(tasks: Tasks) -> None:
    """With and without keypoints."""
    for seed in range(12):
        assert compare(tasks, trembling(seed, points=seed % 3)) > 1


def check_turned(tasks: Tasks) -> None:
    """With sides that change places."""
    for seed in range(8):
        assert compare(tasks, trembling(seed, turned=True)) > 1


@pytest.mark.parametrize("check", [check_upright, check_turned])
def test_places_are_the_references(tasks: Tasks, check: Callable[[Tasks], None]) -> None:
    """To a thousandth of a pixel, over things that stand, move, hide, and tremble."""
    check(tasks)
