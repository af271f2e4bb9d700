"""Whether the launched app draws what it says that it shows: places by the drawing's calls, masks by pixels.

Where the picture lies is computed here anew: in the middle of the view, and as large as fills it.
"""

import gzip
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from edgegen.project.appearance import LOOK
from edgegen.reference.letterbox import LetterboxPlan, plan_letterbox
from edgegen.tasks.obb.decode import corners
from edgegen.tasks.obb.result import Turned
from edgegen.tasks.pose.result import Poses
from edgegen.tasks.segment.result import Segments
from edgegen.tasks.semantic.decode import IGNORED
from edgegen.tasks.semantic.result import ClassMap
from edgegen.tasks.stage import Stage

Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]
Int64 = npt.NDArray[np.int64]

PIXEL: Final = 1.0  # of the screen: as far as places may lie apart
COVERED: Final = 0.02  # 1 - IoU of a class's masks, or the share of a map that is of another colour, at most
_NOTHING: Final = -1  # the class of a pixel that nothing is painted on
_EDGE: Final = 0x7C  # of a mask's border, which is opaque, about half: there it ends, as it is smoothed
_OPACITY: Final = 0x8C  # of a class map
_CHANNELS: Final = (0, 8, 16)
_NEAR: Final = 8  # of 255: as far as a colour may be from the right one


def stages(found: Any, picture_hw: tuple[int, int], drawn: Mapping[str, Any], pixels: Path) -> list[Stage]:
    """Return how far what is drawn of a picture lies from what is found in it.

    Args:
        found: The result that the app says it shows.
        picture_hw: The picture's height and width.
        drawn: Of the view: `width`, `height`, and lists of what was drawn: `boxes`, `points`, `shapes`.
        pixels: The file of what was painted, where something was.
    """
    scale = max(drawn["width"] / picture_hw[1], drawn["height"] / picture_hw[0])
    at = [(drawn["width"] - picture_hw[1] * scale) / 2, (drawn["height"] - picture_hw[0] * scale) / 2]
    if isinstance(found, Turned):
        right = {"corners": ("shapes", corners(found.rotated).reshape(-1, 4, 2))}
    elif hasattr(found, "boxes"):
        right = {"boxes": ("boxes", found.boxes.reshape(-1, 2, 2))}
    else:
        right = {}
    if isinstance(found, Poses):
        seen = found.keypoints[found.keypoints[..., 2] >= LOOK.least_visible]
        right["keypoints"] = ("points", seen[:, None, :2])
    compared = [
        _places(f"drawn {name}", np.array(drawn[key], dtype=np.float64), places * scale + at)
        for name, (key, places) in right.items()
    ]
    labels = _labels(found)
    if labels is not None:
        view_hw = (int(drawn["height"]), int(drawn["width"]))
        compared.append(_painted(found, labels, picture_hw, view_hw, scale, at, pixels))
    return compared


def _places(name: str, drawn: Float64, right: Float64) -> Stage:
    """Pair each shape of k points [n, k, 2] with the nearest one; which of its points comes first is free."""
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


def _labels(found: Any) -> Int64 | None:
    """Return the class of each pixel, the best box on top, as it is painted; None: nothing is."""
    if isinstance(found, ClassMap):
        return np.where(found.classes == IGNORED, _NOTHING, found.classes).astype(np.int64)
    if not isinstance(found, Segments) or not len(found):
        return None
    labels = np.full(found.masks.shape[1:], _NOTHING, dtype=np.int64)
    for mask, class_id in zip(found.masks[::-1], found.class_ids[::-1], strict=True):
        labels[mask] = class_id
    return labels


def _painted(
    found: Any,
    labels: Int64,
    picture_hw: tuple[int, int],
    view_hw: tuple[int, int],
    scale: float,
    at: Sequence[float],
    pixels: Path,
) -> Stage:
    """Compare what each class covers of the screen; of a map that covers all of it, the colours."""
    whole = isinstance(found, ClassMap)
    plan = plan_letterbox(picture_hw, picture_hw if whole else (labels.shape[0], labels.shape[1]))
    down, across = _axes(plan, view_hw, scale, at)
    classes = [int(each) for each in np.unique(labels) if each != _NOTHING]
    shares = np.stack([down @ (labels == each).astype(np.float32) @ across.T for each in classes])
    colours = [LOOK.class_colours[each % len(LOOK.class_colours)] for each in classes]
    worst = 1.0
    if pixels.exists():
        argb = np.frombuffer(gzip.decompress(pixels.read_bytes()), dtype="<u4").reshape(view_hw)
        worst = _other_colours(argb, shares, colours) if whole else _uncovered(argb, shares, colours)
    name, unit = ("drawn class map", "of the pixels") if whole else ("drawn masks", "1 - IoU")
    return Stage(name, worst, COVERED, unit, worst <= COVERED, len(classes))


def _uncovered(argb: npt.NDArray[np.uint32], shares: Float32, colours: Sequence[int]) -> float:
    """Return 1 - IoU of the class whose masks are worst, told by the nearest colour."""
    right = np.where(shares.sum(axis=0) >= 0.5, shares.argmax(axis=0), _NOTHING)
    apart = np.stack(
        [
            sum(np.abs((argb >> s & 0xFF).astype(np.int16) - (colour >> s & 0xFF)) for s in _CHANNELS)
            for colour in colours
        ]
    )
    drawn = np.where(argb >> 24 >= _EDGE, apart.argmin(axis=0), _NOTHING)
    return float(max(1 - _iou(drawn == each, right == each) for each in range(len(colours))))


def _other_colours(argb: npt.NDArray[np.uint32], shares: Float32, colours: Sequence[int]) -> float:
    """Return which share of the screen has another colour; where classes meet, theirs are mixed."""
    alpha = (argb >> 24).astype(np.float32)
    wrong = np.abs(alpha - shares.sum(axis=0) * _OPACITY) > _NEAR
    for channel in _CHANNELS:
        of_classes = np.array([colour >> channel & 0xFF for colour in colours], dtype=np.float32)
        right = np.tensordot(of_classes, shares, 1) * (_OPACITY / 255)
        wrong |= np.abs((argb >> channel & 0xFF) * (alpha / 255) - right) > _NEAR
    return float(wrong.mean())


def _axes(
    plan: LetterboxPlan, view_hw: tuple[int, int], scale: float, at: Sequence[float]
) -> tuple[Float32, Float32]:
    """Return how much of each painted pixel is in each row, and in each column, [view, painted].

    Nothing of those that show nothing of the picture.
    """
    sides = (
        (view_hw[0], at[1], plan.source_height, plan.gain_y, plan.top, plan.input_height),
        (view_hw[1], at[0], plan.source_width, plan.gain_x, plan.left, plan.input_width),
    )
    taps = []
    for length, first, source, gain, border, painted in sides:
        in_picture = (np.arange(length) + 0.5 - first) / scale
        place = in_picture * gain + border - 0.5
        lower = np.floor(place).astype(np.int64)
        tap = np.zeros((length, painted), dtype=np.float32)
        for index, weight in ((lower, 1 - (place - lower)), (lower + 1, place - lower)):
            tap[np.arange(length), index.clip(0, painted - 1)] += weight
        tap[(in_picture < 0) | (in_picture > source)] = 0
        taps.append(tap)
    return taps[0], taps[1]


def _iou(mine: npt.NDArray[np.bool_], right: npt.NDArray[np.bool_]) -> float:
    """Return their IoU; what none of the two covers is the same."""
    union = np.count_nonzero(mine | right)
    return np.count_nonzero(mine & right) / union if union else 1.0
