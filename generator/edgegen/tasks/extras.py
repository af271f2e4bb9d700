"""Split outputs with extras into detection's part and the extras of single candidates.

Levels are box0, cls0, extra0, box1, ... by rising stride. Extras are the last rows of `decoded` or the last
columns of `detections`. Outputs after them (prototypes) do not belong to a candidate. Without extras, all
outputs are detection's.
"""

from collections.abc import Sequence

import numpy as np

from edgegen.base.arrays import Float32, Int64
from edgegen.model.spec import OutputSpec
from edgegen.tasks.levels import at_cells


def box_outputs(outputs: Sequence[Float32], output: OutputSpec) -> list[Float32]:
    """Return detection's part of the outputs, as `output.without_extras()` describes it."""
    channels = output.extras.channels
    if not channels:
        return list(outputs)
    if output.has_levels:
        return [tensor for place, tensor in enumerate(_of_levels(outputs, output)) if place % 3 != 2]
    return [outputs[0][:, :-channels] if output.contract == "decoded" else outputs[0][:, :, :-channels]]


def extra_outputs(outputs: Sequence[Float32], output: OutputSpec) -> list[Float32]:
    """Return the extras: [1, channels, h, w] of each level, [1, channels, N] or [1, k, channels]."""
    channels = output.extras.channels
    if output.has_levels:
        return list(_of_levels(outputs, output)[2::3])
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


def _of_levels(outputs: Sequence[Float32], output: OutputSpec) -> Sequence[Float32]:
    return outputs[: output.per_level * len(output.strides)]
