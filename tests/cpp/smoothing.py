"""Comparison of a smoothing with the reference, for C++ and Kotlin."""

from collections.abc import Iterable

import numpy as np
import pytest

from edgegen.reference.smoothing import Smoothing
from tests.cpp.native_tasks import Tasks
from tests.helpers.trembling import Frame, centred


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
