"""Planes of float32 at another size: torch's interpolate(mode="bilinear") on a CPU, in its order.

Not the letterbox's resize, which is of bytes and in fixed point.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Float32 = npt.NDArray[np.float32]
Int64 = npt.NDArray[np.int64]


class Taps(NamedTuple):
    """For each position of a new axis the two it is made of, and how much of the upper one."""

    lower: Int64
    upper: Int64
    weight: Float32  # 0 to 1

    def part(self, first: int, last: int) -> "Taps":
        """Return those of the positions first to last, the last one not among them."""
        return Taps(self.lower[first:last], self.upper[first:last], self.weight[first:last])


def taps(source: int, target: int, *, align_corners: bool = False) -> Taps:
    """Return how target positions are made of source ones, both >= 1.

    Pixels are areas, and their centres fall between (or the first and last ones stay where they are: with
    align_corners). Beyond the first and the last centre their values hold.
    """
    position = np.arange(target, dtype=np.float32)
    if align_corners:
        position = position * np.float32((source - 1) / (target - 1) if target > 1 else 0)
    else:
        half = np.float32(0.5)
        position = np.maximum((position + half) * np.float32(source / target) - half, np.float32(0))
    lower = np.minimum(position.astype(np.int64), source - 1)
    weight = np.clip(position - lower.astype(np.float32), np.float32(0), np.float32(1))
    return Taps(lower, np.minimum(lower + 1, source - 1), weight)


def sample(planes: Float32, rows: Taps, columns: Taps) -> Float32:
    """Return [..., rows, columns] of planes [..., h, w]: across first, then down."""
    one = np.float32(1)

    def across(at: Int64) -> Float32:
        lines = planes[..., at, :]
        mixed: Float32 = lines[..., columns.lower] * (one - columns.weight)
        mixed += lines[..., columns.upper] * columns.weight
        return mixed

    weight = rows.weight[:, None]
    mixed: Float32 = across(rows.lower) * (one - weight) + across(rows.upper) * weight
    return mixed


def resize(planes: Float32, height: int, width: int, *, align_corners: bool = False) -> Float32:
    """Return [..., height, width] of planes [..., h, w]."""
    rows = taps(planes.shape[-2], height, align_corners=align_corners)
    return sample(planes, rows, taps(planes.shape[-1], width, align_corners=align_corners))
