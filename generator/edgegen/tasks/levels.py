"""Single cells of a head's levels.

Cells are numbered level by level (by rising stride), row by row, as in `Candidates.index` of tasks.detect.
"""

from collections.abc import Sequence

import numpy as np

from edgegen.base.arrays import Float32, Int64


def at_cells(maps: Sequence[Float32], index: Int64) -> Float32:
    """Return the values [n, channels] of these cells, from a map [1, channels, h, w] for each level."""
    found = np.empty((len(index), maps[0].shape[1]), dtype=np.float32)
    first_cell = 0
    for level in maps:
        height, width = level.shape[2:]
        here = (index >= first_cell) & (index < first_cell + height * width)
        found[here] = level[0].reshape(level.shape[1], -1)[:, index[here] - first_cell].T
        first_cell += height * width
    return found


def centres(maps: Sequence[Float32], strides: Sequence[int], index: Int64) -> tuple[Float32, Float32]:
    """Return the centres [n, 2] (x y, in strides) and the strides [n] of the cells of these indices.

    maps has one of each level, [1, any, h, w]. Only their sizes count.
    """
    centre = np.empty((len(index), 2), dtype=np.float32)
    stride = np.empty(len(index), dtype=np.float32)
    first_cell = 0
    for level, pixels in zip(maps, strides, strict=True):
        height, width = level.shape[2:]
        here = (index >= first_cell) & (index < first_cell + height * width)
        row, column = np.divmod(index[here] - first_cell, width)
        centre[here] = np.stack([column, row], axis=1) + 0.5
        stride[here] = pixels
        first_cell += height * width
    return centre, stride
