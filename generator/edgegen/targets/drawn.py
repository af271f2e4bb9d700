"""What an app should draw for a result: boxes, corners and keypoints, and the colour of each pixel.

Targets compare it with the drawing of their app.
"""

import math
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from edgegen.base.arrays import Float32, Float64, Int64
from edgegen.project.appearance import LOOK
from edgegen.tasks.obb.decode import OrientedBoxes, corners
from edgegen.tasks.pose.decode import Poses
from edgegen.tasks.segment.decode import Segments
from edgegen.tasks.semantic.decode import IGNORED, ClassMap
from edgegen.tasks.stage import Stage

PIXEL: Final = 1.0  # of the screen: the tolerance of positions
NOTHING: Final = -1  # the palette index of an unpainted pixel
_CALLS: Final = {"corners": "shapes", "boxes": "boxes", "keypoints": "points"}  # drawing calls by kind


def compare_shapes(
    found: Any, drawing: Mapping[str, Any], scale: float, corner: tuple[float, float]
) -> list[Stage]:
    """Compare the drawing calls of an app with the boxes, corners and keypoints of its result.

    scale: pixels of the screen for one of the picture. corner: the picture's left and top on the screen.
    """
    shapes: dict[str, Float32] = {}  # by kind, [n, points of one, 2]
    if isinstance(found, OrientedBoxes):
        shapes["corners"] = corners(found.rotated).reshape(-1, 4, 2)
    elif hasattr(found, "boxes"):
        shapes["boxes"] = found.boxes.reshape(-1, 2, 2)
    if isinstance(found, Poses):
        visible = found.keypoints[found.keypoints[..., 2] >= LOOK.least_visible]
        shapes["keypoints"] = visible[:, None, :2]
    return [
        _compare_places(
            f"drawn {name}", np.array(drawing[_CALLS[name]], dtype=np.float64), places * scale + [*corner]
        )
        for name, places in shapes.items()
    ]


def _compare_places(name: str, drawn: Float64, right: Float64) -> Stage:
    """Compare each shape [n, k, 2] with the nearest drawn one. Any of its points may come first."""
    count = len(right)
    if drawn.size != right.size:
        return Stage(name, math.inf, PIXEL, "px", passed=False, compared=max(count, 1))
    drawn, worst, points = drawn.reshape(right.shape), 0.0, right.shape[1]
    turns = range(points) if points > 2 else (0,)
    for shape in right:
        apart = np.min(
            [np.abs(np.roll(drawn, turn, axis=1) - shape).max(axis=(1, 2)) for turn in turns], axis=0
        )
        nearest = int(apart.argmin())
        worst = max(worst, float(apart[nearest]))
        drawn = np.delete(drawn, nearest, axis=0)
    return Stage(name, worst, PIXEL, "px", worst <= PIXEL, count)


def palette_of(found: Any) -> Int64 | None:
    """Return each pixel's palette index, with the best box on top; None for a result without pixels.

    A class map has the picture's size, masks that of the model's input.
    """
    count = len(LOOK.class_colours)  # with more classes, some share a colour
    if isinstance(found, ClassMap):
        return np.where(found.classes == IGNORED, NOTHING, found.classes % count).astype(np.int64)
    if not isinstance(found, Segments):
        return None
    labels = np.full(found.masks.shape[1:] if len(found) else (1, 1), NOTHING, dtype=np.int64)
    for mask, class_id in zip(found.masks[::-1], found.class_ids[::-1], strict=True):
        labels[mask] = class_id % count
    return labels
