"""Golden vectors of oriented boxes: angles as output and in radians, and the result."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from edgegen.model.spec import ModelSpec
from edgegen.tasks import extras
from edgegen.tasks.detect import stages
from edgegen.tasks.obb.result import OrientedBoxes, angles_of
from edgegen.tasks.record import Record

Float32 = npt.NDArray[np.float32]
Int64 = npt.NDArray[np.int64]


def row_bytes(spec: ModelSpec) -> tuple[int, int]:
    """Return the bytes of a picture without rows, and of each row."""
    fixed, row = stages.row_bytes(extras.boxes_only(spec))
    return fixed + stages.MOST_BOXES * 5 * 4, row + 4 + 4


def draw(random: Any, count: int) -> Float32:
    """Return random angle outputs [count, 1], of more than half a turn in both directions."""
    drawn: Float32 = random.uniform(-4, 4, (count, 1)).astype(np.float32)
    return drawn


def add_angles(
    record: Record, given: Sequence[Float32], spec: ModelSpec, rows: Int64, decoded: Int64
) -> None:
    """Add the angles of rows as the model gave them, and in radians for decoded, which may repeat rows."""
    record.add("raw.row.angle", "f32", extras.extras_at(given, spec.output, rows))
    record.add("decode.angle", "f32", angles_of(given, spec.output, decoded))


def add_result(record: Record, shown: OrientedBoxes) -> None:
    """Add the resulting boxes, upright and oriented."""
    stages.add_result(record, shown)
    record.add("boxes.rotated", "f32", shown.rotated)
