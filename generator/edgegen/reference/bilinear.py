"""Resize planes of float32 as torch's interpolate(mode="bilinear") does on a CPU, in its order of operations.

The letterbox has another resize: of bytes, in fixed point.
"""

from typing import NamedTuple

import numpy as np

from edgegen.base.arrays import Float32, Int64


class Taps(NamedTuple):
    """The two source positions of each target position, and the weight of the upper one."""

    lower: Int64
    upper: Int64
    weight: Float32  # 0 to 1

    def part(self, first: int, last: int) -> "Taps":
        """Return the taps of the positions from first to before last."""
        return Taps(self.lower[first:last], self.upper[first:last], self.weight[first:last])


def taps(source: int, target: int, *, align_corners: bool = False) -> Taps:
    """Return the taps of `target` positions between `source` ones, both >= 1.

    Pixels are areas, and positions are their centres. With align_corners, the first and last pixels of both
    are at the same place. Positions outside the source's centres have the value of the nearest pixel.
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
    """Return [..., rows, columns] of planes [..., h, w], first resized along x, then along y."""
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
    """Resize planes [..., h, w] to [..., height, width]."""
    rows = taps(planes.shape[-2], height, align_corners=align_corners)
    return sample(planes, rows, taps(planes.shape[-1], width, align_corners=align_corners))
