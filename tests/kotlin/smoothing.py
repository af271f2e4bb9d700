"""Comparisons of the Kotlin smoothing with the reference."""

# mypy: disable-error-code="arg-type"

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from tests.cpp.smoothing import compare
from tests.helpers.trembling import Frame, trembling
from tests.kotlin.jvm import KotlinCore


def inside(seed: int, **more: Any) -> Iterator[Frame]:
    """Yield the same frames in the middle of a large picture, because boxes are clipped at its edges."""
    for frame in trembling(seed, **more):
        boxes = frame.boxes.copy()
        boxes[:, : 2 if boxes.shape[1] == 5 else 4] += 1000
        yield replace(frame, boxes=boxes, points=frame.points + 1000)


def check_smooth(kotlin: KotlinCore) -> None:
    """Compare boxes with and without keypoints."""
    for seed in range(6):
        assert compare(kotlin, inside(seed, points=seed % 3)) > 1


def check_smooth_turned(kotlin: KotlinCore) -> None:
    """Compare oriented boxes whose sides are exchanged."""
    for seed in range(4):
        assert compare(kotlin, inside(seed, turned=True)) > 1
