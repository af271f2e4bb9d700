"""Split outputs with extras into detection's part and the extras of single candidates.

Levels are box0, cls0, extra0, box1, ... by rising stride. Extras are the last rows of `decoded` or the last
columns of `detections`. Outputs after them (prototypes) do not belong to a candidate. Without extras, all
outputs are detection's.

The cells of levels are numbered level by level (by rising stride), row by row, as in `Candidates.index`.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from edgegen.base.arrays import Float32, Int64
from edgegen.model.spec import OutputSpec


def box_outputs(outputs: Sequence[Float32], output: OutputSpec) -> list[Float32]:
    """Return detection's part of the outputs, as `output.without_extras()` describes it."""
    channels = output.extras.channels
    if not channels:
        return list(outputs)
    if output.has_levels:
        return [outputs[place] for place in output.level_tensors if place % 3 != 2]
    return [outputs[0][:, :-channels] if output.contract == "decoded" else outputs[0][:, :, :-channels]]


def extra_outputs(outputs: Sequence[Float32], output: OutputSpec) -> list[Float32]:
    """Return the extras: [1, channels, h, w] of each level, [1, channels, N] or [1, k, channels]; or none."""
    channels = output.extras.channels
    if not channels:
        return []
    if output.has_levels:
        return [outputs[place] for place in output.level_tensors[2::3]]
    return [outputs[0][:, -channels:] if output.contract == "decoded" else outputs[0][:, :, -channels:]]


def extras_at(outputs: Sequence[Float32], output: OutputSpec, index: Int64) -> Float32:
    """Return the extras [n, channels] of these candidates, not decoded."""
    extras = extra_outputs(outputs, output)
    if output.has_levels:
        return at_cells(extras, index)
    table = extras[0][0].T if output.contract == "decoded" else extras[0][0]
    return np.ascontiguousarray(table[index])


def with_extras(boxes: Sequence[Float32], values: Float32, output: OutputSpec) -> list[Float32]:
    """Return outputs of detection's part and extras [candidates, channels], without prototypes."""
    if not output.extras.channels:
        return list(boxes)
    if output.contract == "decoded":
        return [np.concatenate([boxes[0], values.T[None]], axis=1)]
    if output.contract == "detections":
        return [np.concatenate([boxes[0], values[None]], axis=2)]
    outputs, first = [], 0
    for box, cls in zip(boxes[::2], boxes[1::2], strict=True):
        height, width = cls.shape[2:]
        cells = values[first : first + height * width]
        outputs += [box, cls, np.ascontiguousarray(cells.T).reshape(1, -1, height, width)]
        first += height * width
    return outputs


def at_cells(maps: Sequence[Float32], index: Int64) -> Float32:
    """Return the values [n, channels] of these cells, from a map [1, channels, h, w] for each level."""
    found = np.empty((len(index), maps[0].shape[1]), dtype=np.float32)
    for level, (here, cells) in zip(maps, _cells_by_level(maps, index), strict=True):
        found[here] = level[0].reshape(level.shape[1], -1)[:, cells].T
    return found


def centres(maps: Sequence[Float32], strides: Sequence[int], index: Int64) -> tuple[Float32, Float32]:
    """Return the centres [n, 2] (x y, in strides) and the strides [n] of the cells of these indices.

    maps has one of each level, [1, any, h, w]. Only their sizes count.
    """
    centre = np.empty((len(index), 2), dtype=np.float32)
    stride = np.empty(len(index), dtype=np.float32)
    for level, pixels, (here, cells) in zip(maps, strides, _cells_by_level(maps, index), strict=True):
        row, column = np.divmod(cells, level.shape[3])
        centre[here] = np.stack([column, row], axis=1) + 0.5
        stride[here] = pixels
    return centre, stride


def _cells_by_level(maps: Sequence[Float32], index: Int64) -> Iterator[tuple[npt.NDArray[np.bool_], Int64]]:
    """Yield for each level which of the indices are its cells, and the numbers of these cells in it."""
    first = 0
    for level in maps:
        size = level.shape[2] * level.shape[3]
        here = (index >= first) & (index < first + size)
        yield here, index[here] - first
        first += size
