"""Split outputs with extras into detection's part and the extras.

Levels are box0, cls0, extra0, box1, ... by rising stride. Extras are the last rows of `decoded` or the last
columns of `detections`. Outputs after them (prototypes) do not belong to a candidate.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from edgegen.model.spec import ModelSpec, OutputSpec
from edgegen.tasks import levels

Float32 = npt.NDArray[np.float32]
Int64 = npt.NDArray[np.int64]


def boxes_only(spec: ModelSpec) -> ModelSpec:
    """Return the model's specification without extras."""
    return replace(spec, output=spec.output.without_extras())


def box_outputs(outputs: Sequence[Float32], output: OutputSpec) -> list[Float32]:
    """Return detection's part of the outputs."""
    channels = output.extras.channels
    if output.has_levels:
        return levels.boxes_and_classes(_of_levels(outputs, output))
    if output.contract == "decoded":
        return [outputs[0][:, :-channels]]
    return [outputs[0][:, :, :-channels]]


def extra_outputs(outputs: Sequence[Float32], output: OutputSpec) -> list[Float32]:
    """Return the extras: [1, channels, h, w] of each level, [1, channels, N] or [1, k, channels]."""
    channels = output.extras.channels
    if output.has_levels:
        return levels.extras(_of_levels(outputs, output))
    if output.contract == "decoded":
        return [outputs[0][:, -channels:]]
    return [outputs[0][:, :, -channels:]]


def join_outputs(boxes: Sequence[Float32], extras: Sequence[Float32], output: OutputSpec) -> list[Float32]:
    """Join detection's part and the extras to outputs, without prototypes."""
    if output.has_levels:
        levels_of_three = zip(boxes[::2], boxes[1::2], extras, strict=True)
        return [tensor for level in levels_of_three for tensor in level]
    axis = 1 if output.contract == "decoded" else 2
    return [np.concatenate([boxes[0], extras[0]], axis=axis)]


def extras_at(extras: Sequence[Float32], output: OutputSpec, index: Int64) -> Float32:
    """Return the extras [n, channels] of these candidates, not decoded."""
    if output.has_levels:
        return levels.at_cells(extras, index)
    table = extras[0][0].T if output.contract == "decoded" else extras[0][0]
    return np.ascontiguousarray(table[index])


def extras_with_values(output: OutputSpec, candidates: Int64, values: Float32) -> list[Float32]:
    """Return extras in the format of `extra_outputs`: these values [n, channels], 0 for other candidates."""
    table = np.zeros((output.candidates, output.extras.channels), dtype=np.float32)
    table[candidates] = values
    if not output.has_levels:
        return [table.T[None] if output.contract == "decoded" else table[None]]
    maps, first = [], 0
    for _, _, height, width in output.shapes[1 :: output.per_level]:
        part = table[first : first + height * width]
        maps.append(np.ascontiguousarray(part.T).reshape(1, -1, height, width))
        first += height * width
    return maps


def _of_levels(outputs: Sequence[Float32], output: OutputSpec) -> Sequence[Float32]:
    return outputs[: output.per_level * len(output.strides)]
