"""Pillow's antialiased resize of 8-bit pictures, bit for bit: the preprocessing of classification models.

A pixel of the result is a weighted mean of the pixels that it covers. There is one pass along each axis, with
bytes between them. Weights are integers of 22 bits.
"""

from collections.abc import Callable
from typing import Final

import numpy as np

from edgegen.base.arrays import Float64, Int64, Uint8

WEIGHT_BITS: Final = 22  # 32 bits hold a weight, 8 of a pixel and 2 for sums beyond 255
SHARPNESS: Final = -0.5  # of the bicubic filter: Keys' a


def _bilinear(distance: Float64) -> Float64:
    return np.maximum(1.0 - np.abs(distance), 0.0)


def _bicubic(distance: Float64) -> Float64:
    x, a = np.abs(distance), SHARPNESS
    near = ((a + 2.0) * x - (a + 3.0)) * x * x + 1
    far = (((x - 5) * x + 8) * x - 4) * a
    return np.where(x < 1, near, np.where(x < 2, far, 0.0))


# name -> (weight by distance, radius), in pixels of the coarser picture
FILTERS: Final[dict[str, tuple[Callable[[Float64], Float64], float]]] = {
    "bilinear": (_bilinear, 1.0),
    "bicubic": (_bicubic, 2.0),
}


def weights(
    source: int, target: int, filter_name: str = "bilinear", part: range | None = None
) -> tuple[Int64, Int64]:
    """Return the first source position and the weights [n, most] of all target positions, or of a part.

    A row has the weights of adjacent positions from the first on, then zeros. They are computed in double and
    converted to integers of WEIGHT_BITS.
    """
    weight_at, reach = FILTERS[filter_name]
    scale = source / target
    stretch = max(scale, 1.0)
    reach *= stretch
    wanted = part if part is not None else range(target)
    centre = (np.arange(wanted.start, wanted.stop) + 0.5) * scale
    first = np.maximum((centre - reach + 0.5).astype(np.int64), 0)
    last = np.minimum((centre + reach + 0.5).astype(np.int64), source)
    place = first[:, None] + np.arange(int((last - first).max()))
    shares = weight_at((place - centre[:, None] + 0.5) * (1.0 / stretch))
    shares = np.where(place < last[:, None], shares, 0.0)
    total = np.zeros(len(wanted))
    for column in shares.T:  # in this order: the last bit matters
        total += column
    shares = np.divide(shares, total[:, None], out=shares, where=total[:, None] != 0)
    fixed = shares * (1 << WEIGHT_BITS)
    return first, (fixed + np.where(fixed < 0, -0.5, 0.5)).astype(np.int64)


def resize(
    image: Uint8,
    height: int,
    width: int,
    filter_name: str = "bilinear",
    *,
    rows: range | None = None,
    columns: range | None = None,
) -> Uint8:
    """Resize [h, w, c] of uint8 to [height, width, c], equal to Pillow 13's `resize` in every bit.

    An axis of the same length does not change. The first pass is along x, except for a picture that loses
    more than twice as many rows as columns. Older Pillow versions always begin with x, so a byte may differ.
    rows and columns select a part of the result; only that is computed.
    """
    source_height, source_width = image.shape[:2]
    rows, columns = rows or range(height), columns or range(width)
    if height < source_height and source_height - height > 2 * (source_width - width):
        return _across(_down(image, height, filter_name, rows), width, filter_name, columns)
    first, last = _reach(source_height, height, filter_name, rows)
    across = _across(image[first:last], width, filter_name, columns)
    return _down(across, height, filter_name, rows, first, source_height)


def _reach(source: int, target: int, filter_name: str, part: range) -> tuple[int, int]:
    """Return the range of source positions that a part of the target needs."""
    if source == target:
        return part.start, part.stop
    first, counts = weights(source, target, filter_name, part)
    return int(first.min()), min(int(first.max()) + counts.shape[1], source)


def _across(image: Uint8, width: int, filter_name: str, columns: range) -> Uint8:
    resized: Uint8 = _down(image.swapaxes(0, 1), width, filter_name, columns).swapaxes(0, 1)
    return resized


def _down(
    image: Uint8, height: int, filter_name: str, rows: range, above: int = 0, source: int | None = None
) -> Uint8:
    """Resize along y and return these rows. image lacks the first `above` of `source` rows."""
    source = source if source is not None else image.shape[0]
    if height == source:
        return image[rows.start - above : rows.stop - above]
    first, counts = weights(source, height, filter_name, rows)
    resized = np.empty((len(rows), *image.shape[1:]), dtype=np.uint8)
    half = 1 << (WEIGHT_BITS - 1)
    for row, (begin, weight) in enumerate(zip(first - above, counts, strict=True)):
        lines = image[begin : begin + len(weight)].astype(np.int64)
        sums = np.tensordot(weight[: len(lines)], lines, axes=1) + half
        resized[row] = np.clip(sums >> WEIGHT_BITS, 0, 255)
    return resized
