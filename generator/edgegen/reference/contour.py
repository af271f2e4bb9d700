"""Outlines of a bitmap: OpenCV's findContours(RETR_EXTERNAL, CHAIN_APPROX_SIMPLE), its points and its order.

The borders are followed as in Suzuki and Abe, Topological Structural Analysis of Digitized Binary Images by
Border Following (1985), of which only what is outermost is wanted: no holes, and nothing that lies in one.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Int32 = npt.NDArray[np.int32]

# The eight neighbours, counter-clockwise as seen (y points down), from the right one on: x, y.
NEIGHBOURS: Final = ((1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1))
RIGHT: Final = 0
LEFT: Final = 4  # the neighbour from which every outer border is entered

INSIDE, BORDER, RIGHT_END = (
    1,
    2,
    3,
)  # a pixel of the bitmap; one that was followed; one with nothing to its right


def external_contours(bitmap: npt.NDArray[Any]) -> list[Int32]:
    """Return the outer border of each outermost region (pixels that touch, by corners too) of [h, w].

    A border is [k, 2]: x, y of the pixels where it turns, from the topmost, leftmost one on, with the region
    to the right hand as seen; regions come by falling row, then by falling column, of that pixel.
    """
    height, width = bitmap.shape
    pixels = np.zeros((height + 2, width + 2), dtype=np.uint8)  # so that no neighbour is outside
    pixels[1:-1, 1:-1] = bitmap != 0
    starts = np.argwhere((pixels[1:, 1:] > 0) & (pixels[1:, :-1] == 0)) + 1
    found: list[Int32] = []
    for y, x in starts:
        if pixels[y, x] == INSIDE and not _enclosed(pixels[y, :x]):
            found.append(_follow(pixels, int(x), int(y)) - 1)
    return found[::-1]


def _enclosed(before: npt.NDArray[np.uint8]) -> bool:
    """Whether the last border that was crossed on the way to a pixel leads into a region, not out of it."""
    crossed = np.flatnonzero(before >= BORDER)
    return len(crossed) > 0 and before[crossed[-1]] == BORDER


def _follow(pixels: npt.NDArray[np.uint8], x: int, y: int) -> Int32:
    """Follow the outer border that starts at x, y, mark it, and return the pixels where it turns."""
    start = x, y
    last = LEFT  # the border's last pixel is the first one that is found clockwise from there
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
        step = (heading + 5) % 8  # one after the neighbour that was come from
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
    """Return one closed line [k, 2] through contours [k, 2]; none give [0, 2].

    Each is tied to the next where they are nearest (of equals the first in both): the line goes along them to
    the last one, around it, and back along what is left of those between. As Ultralytics ties segments.
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
        if leave < enter:  # against the order of its points
            contour, enter, leave = contour[::-1], len(contour) - 1 - enter, len(contour) - 1 - leave
        ring = _ring(contour, enter)
        forth.append(ring[: leave - enter + 1])
        back.append(ring[leave - enter :])
    return np.concatenate(forth + back[::-1])


def _nearest(one: Int32, other: Int32) -> tuple[int, int]:
    """Return the places of the two points that are nearest to each other."""
    squares = ((one[:, None] - other[None]) ** 2).sum(axis=2)
    place = int(squares.argmin())
    return place // len(other), place % len(other)


def _ring(contour: Int32, first: int) -> Int32:
    """Return the contour from one of its points on and back to it."""
    return np.concatenate([contour[first:], contour[: first + 1]])
