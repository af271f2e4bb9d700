"""Outlines of a bitmap, as OpenCV's findContours(RETR_EXTERNAL, CHAIN_APPROX_SIMPLE): same points and order.

Border following is by Suzuki and Abe, Topological Structural Analysis of Digitized Binary Images by Border
Following (1985). Only outermost borders are followed: no holes, and no regions in holes.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from edgegen.base.arrays import Int32, Uint8

# x, y of the eight neighbours, counter-clockwise on the screen (y points down), starting at the right.
NEIGHBOURS: Final = ((1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1))
RIGHT: Final = 0
LEFT: Final = 4  # outer borders are entered from this neighbour

# A pixel of the bitmap; a followed one; a followed one without a neighbour to the right.
INSIDE, BORDER, RIGHT_END = 1, 2, 3


def external_contours(bitmap: npt.NDArray[Any]) -> list[Int32]:
    """Return the outer border of each outermost region of a bitmap [h, w]. Pixels touch by corners, too.

    A border is [k, 2]: x, y of the pixels where it turns. It starts at the leftmost pixel of the top row and
    has the region on its right on the screen. Regions are ordered by falling row, then by falling column, of
    that pixel.
    """
    height, width = bitmap.shape
    pixels = np.zeros((height + 2, width + 2), dtype=np.uint8)  # with a border of zeros
    pixels[1:-1, 1:-1] = bitmap != 0
    starts = np.argwhere((pixels[1:, 1:] > 0) & (pixels[1:, :-1] == 0)) + 1
    found: list[Int32] = []
    for y, x in starts:
        if pixels[y, x] == INSIDE and not _enclosed(pixels[y, :x]):
            found.append(_follow(pixels, int(x), int(y)) - 1)
    return found[::-1]


def _enclosed(before: Uint8) -> bool:
    """Return whether the last border in the row before a pixel leads into a region, not out of it."""
    crossed = np.flatnonzero(before >= BORDER)
    return len(crossed) > 0 and before[crossed[-1]] == BORDER


def _follow(pixels: Uint8, x: int, y: int) -> Int32:
    """Follow the outer border that starts at x, y, mark it, and return the pixels where it turns."""
    start = x, y
    last = LEFT  # the border's last pixel is the first one clockwise from there
    for _ in NEIGHBOURS[1:]:
        last = (last - 1) % 8
        if pixels[y + NEIGHBOURS[last][1], x + NEIGHBOURS[last][0]]:
            break
    else:
        pixels[y, x] = RIGHT_END
        return np.array([start], dtype=np.int32)
    end = x + NEIGHBOURS[last][0], y + NEIGHBOURS[last][1]

    turns: list[tuple[int, int]] = []
    heading = (last + 4) % 8  # of the last step
    while True:
        step = (heading + 5) % 8  # the neighbour after the previous pixel
        while not pixels[y + NEIGHBOURS[step][1], x + NEIGHBOURS[step][0]]:
            if step == RIGHT:
                pixels[y, x] = RIGHT_END
            step = (step + 1) % 8
        if pixels[y, x] == INSIDE:
            pixels[y, x] = BORDER
        if step != heading:
            turns.append((x, y))
        following = x + NEIGHBOURS[step][0], y + NEIGHBOURS[step][1]
        if following == start and (x, y) == end:
            return np.array(turns, dtype=np.int32)
        (x, y), heading = following, step


def joined(contours: Sequence[Int32]) -> Int32:
    """Return one closed line [k, 2] through contours [k, 2], as Ultralytics joins segments; [0, 2] for none.

    Each contour is connected to the next at their nearest points, the first of equal ones. The line follows
    part of each contour to the last one, goes around it, and returns along the other parts.
    """
    if len(contours) < 2:
        return contours[0] if contours else np.empty((0, 2), dtype=np.int32)
    ties = [_nearest(one, other) for one, other in pairwise(contours)]
    forth, back = [], []
    for place, contour in enumerate(contours):
        enter = ties[max(place - 1, 0)][min(place, 1)]
        if place in {0, len(contours) - 1}:
            forth.append(_ring(contour, enter))
            continue
        leave = ties[place][0]
        if leave < enter:  # the line goes against the order of the points
            contour, enter, leave = contour[::-1], len(contour) - 1 - enter, len(contour) - 1 - leave
        ring = _ring(contour, enter)
        forth.append(ring[: leave - enter + 1])
        back.append(ring[leave - enter :])
    return np.concatenate(forth + back[::-1])


def _nearest(one: Int32, other: Int32) -> tuple[int, int]:
    """Return the indices of the two points that are nearest to each other."""
    squares = ((one[:, None] - other[None]) ** 2).sum(axis=2)
    place = int(squares.argmin())
    return place // len(other), place % len(other)


def _ring(contour: Int32, first: int) -> Int32:
    """Return the closed contour from this point back to it."""
    return np.concatenate([contour[first:], contour[: first + 1]])
