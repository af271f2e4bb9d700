"""Compare an app's drawing with its results: boxes and points by drawing calls, masks and maps by pixels.

The picture fills the view and is centred in it. Its position is computed here independently of the app.
"""

import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from edgegen.base.arrays import Float32, Int64
from edgegen.project.appearance import LOOK
from edgegen.reference.letterbox import LetterboxPlan, plan_letterbox
from edgegen.targets.drawn import NOTHING, compare_shapes, palette_of
from edgegen.tasks.semantic.decode import ClassMap
from edgegen.tasks.stage import Stage

COVERED: Final = 0.02  # the tolerance of masks and maps: a share of their pixels
# Borders are smoothed: a pixel of the screen is compared if one class covers this much of it.
_CERTAIN: Final = 0.75
_PURE: Final = 0.03  # the most that another colour may cover of it
_PAINTED: Final = 0x7C  # the least alpha of a mask: its inside has 0x80, its border more
_OPACITY: Final = 0x8C  # of a class map
_CHANNELS: Final = (0, 8, 16)
_NEAR: Final = 8  # of 255: the tolerance of a colour


@dataclass(frozen=True)
class _View:
    """The position of the picture in the app's view."""

    height: int
    width: int
    scale: float  # pixels of the screen for one of the picture
    left: float  # of the picture in the view; below 0 if the view shows a part
    top: float

    @property
    def hw(self) -> tuple[int, int]:
        return self.height, self.width


def stages(found: Any, picture_hw: tuple[int, int], drawn: Mapping[str, Any], pixels: Path) -> list[Stage]:
    """Return the differences between the drawing and the result of a picture, of this height and width.

    drawn: the view's `width` and `height`, and the drawn `boxes`, `points` and `shapes`. pixels: the file of
    the painted pixels, which may not exist.
    """
    height, width = picture_hw
    scale = max(drawn["width"] / width, drawn["height"] / height)
    left, top = (drawn["width"] - width * scale) / 2, (drawn["height"] - height * scale) / 2
    view = _View(int(drawn["height"]), int(drawn["width"]), scale, left, top)
    compared = compare_shapes(found, drawn, scale, (left, top))
    labels = palette_of(found)
    if labels is not None:
        compared.append(_painted(found, labels, picture_hw, view, pixels))
    return compared


def _painted(found: Any, labels: Int64, picture_hw: tuple[int, int], view: _View, pixels: Path) -> Stage:
    """Compare the area of each colour."""
    whole = isinstance(found, ClassMap)
    plan = plan_letterbox(picture_hw, picture_hw if whole else (labels.shape[0], labels.shape[1]))
    down, across = _axes(plan, view)
    kinds = [int(each) for each in np.unique(labels) if each != NOTHING]
    shares = np.zeros((max(len(kinds), 1), *view.hw), dtype=np.float32)
    for number, each in enumerate(kinds):
        shares[number] = down @ (labels == each).astype(np.float32) @ across.T
    colours = [LOOK.class_colours[each] for each in kinds] or [0]
    worst = 1.0 if kinds else 0.0
    if pixels.exists():
        argb = np.frombuffer(gzip.decompress(pixels.read_bytes()), dtype="<u4").reshape(view.hw)
        worst = _wrong_colour_share(argb, shares, colours) if whole else _wrong_share(argb, shares, colours)
    name, unit = ("drawn class map", "of the pixels") if whole else ("drawn masks", "of what is covered")
    # Without anything to paint and anything painted, nothing was compared.
    return Stage(name, worst, COVERED, unit, worst <= COVERED, len(kinds) or int(worst > 0))


def _wrong_share(argb: npt.NDArray[np.uint32], shares: Float32, colours: Sequence[int]) -> float:
    """Return the number of wrong pixels divided by the number of pixels to paint.

    Pixels on a border, or where two colours meet, are not compared.
    """
    covered, alpha = shares.sum(axis=0), argb >> 24
    inside, best = covered >= _CERTAIN, shares.argmax(axis=0)
    right = np.array(colours, dtype=np.uint32)[best]
    other = np.zeros(argb.shape, dtype=np.bool_)
    for channel in _CHANNELS:
        apart = (argb >> channel & 0xFF).astype(np.int16) - (right >> channel & 0xFF).astype(np.int16)
        other |= np.abs(apart) > _NEAR
    pure = inside & (covered - shares.max(axis=0) <= _PURE)
    wrong = np.where(covered <= 1 - _CERTAIN, alpha >= _PAINTED, inside & (alpha < _PAINTED)) | (pure & other)
    return float(np.count_nonzero(wrong)) / max(int(np.count_nonzero(inside)), 1)


def _wrong_colour_share(argb: npt.NDArray[np.uint32], shares: Float32, colours: Sequence[int]) -> float:
    """Return the share of pixels with a wrong colour. Colours mix where classes meet."""
    alpha = (argb >> 24).astype(np.float32)
    wrong = np.abs(alpha - shares.sum(axis=0) * _OPACITY) > _NEAR
    for channel in _CHANNELS:
        of_classes = np.array([colour >> channel & 0xFF for colour in colours], dtype=np.float32)
        right = np.tensordot(of_classes, shares, 1) * (_OPACITY / 255)
        wrong |= np.abs((argb >> channel & 0xFF) * (alpha / 255) - right) > _NEAR
    return float(wrong.mean())


def _axes(plan: LetterboxPlan, view: _View) -> tuple[Float32, Float32]:
    """Return the weights of the painted pixels in each row and in each column of the view, [view, painted].

    Rows and columns outside the picture have zeros.
    """
    sides = (
        (view.height, view.top, plan.source_height, plan.gain_y, plan.top, plan.input_height),
        (view.width, view.left, plan.source_width, plan.gain_x, plan.left, plan.input_width),
    )
    taps = []
    for length, first, source, gain, border, painted in sides:
        in_picture = (np.arange(length) + 0.5 - first) / view.scale
        place = in_picture * gain + border - 0.5
        lower = np.floor(place).astype(np.int64)
        tap = np.zeros((length, painted), dtype=np.float32)
        for index, weight in ((lower, 1 - (place - lower)), (lower + 1, place - lower)):
            tap[np.arange(length), index.clip(0, painted - 1)] += weight
        tap[(in_picture < 0) | (in_picture > source)] = 0
        taps.append(tap)
    return taps[0], taps[1]
