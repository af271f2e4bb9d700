"""Golden vectors of keypoints: as output, decoded, and the result."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from edgegen.model.spec import ModelSpec
from edgegen.tasks import extras
from edgegen.tasks.detect import stages
from edgegen.tasks.pose.result import Poses, keypoints_of
from edgegen.tasks.record import Record

Float32 = npt.NDArray[np.float32]
Int64 = npt.NDArray[np.int64]

SPREAD: Final = 3.0  # of random keypoints of levels, in strides


def row_bytes(spec: ModelSpec) -> tuple[int, int]:
    """Return the bytes of a picture without rows, and of each row."""
    fixed, row = stages.row_bytes(extras.boxes_only(spec))
    keypoints = 3 * 4 * spec.output.extras.kpt_shape[0]
    return fixed + stages.MOST_BOXES * keypoints, row + 4 * spec.output.extras.channels + keypoints


def draw(spec: ModelSpec, random: Any, count: int) -> Float32:
    """Return random keypoints [count, K * D]: outputs for levels, pixels and scores for one tensor."""
    values = random.normal(0, SPREAD, (count, *spec.output.extras.kpt_shape))
    if not spec.output.has_levels:
        places = random.uniform(-0.1, 1.1, values[..., :2].shape)
        values[..., :2] = places * (spec.input.width, spec.input.height)
        values[..., 2:] = random.uniform(0, 1, values[..., 2:].shape)
    drawn: Float32 = values.reshape(count, -1).astype(np.float32)
    return drawn


def add_keypoints(
    record: Record, given: Sequence[Float32], spec: ModelSpec, rows: Int64, decoded: Int64
) -> None:
    """Add the keypoints of rows as the model gave them, and decoded, which may repeat rows."""
    record.add("raw.row.keypoint", "f32", extras.extras_at(given, spec.output, rows))
    record.add("decode.keypoint", "f32", keypoints_of(given, spec.output, decoded))


def add_result(record: Record, shown: Poses) -> None:
    """Add the resulting boxes and keypoints."""
    stages.add_result(record, shown)
    record.add("boxes.keypoint", "f32", shown.keypoints)
