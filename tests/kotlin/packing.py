"""Pack values in the format that the JVM reads."""

import struct
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from edgegen.model.precision import Steps
from edgegen.reference import LetterboxPlan

AllSteps = Sequence[Steps | None] | None


def text(text: str) -> bytes:
    data = text.encode()
    return struct.pack(">H", len(data)) + data


def floats(values: npt.NDArray) -> bytes:
    return struct.pack(">i", values.size) + np.ascontiguousarray(values, dtype="<f4").tobytes()


def packed_steps(steps: Steps | None) -> bytes:
    return b"\0" if steps is None else struct.pack(">?fi", True, steps.scale, steps.zero_point)


def packed_plan(plan: LetterboxPlan) -> bytes:
    sizes = (plan.source_height, plan.source_width, plan.input_height, plan.input_width)
    place = (plan.resized_height, plan.resized_width, plan.left, plan.top)
    return struct.pack(">8i2d", *sizes, *place, plan.gain_x, plan.gain_y)


def packed(outputs: Sequence[npt.NDArray], steps: AllSteps = None) -> bytes:
    """Return a model's outputs, in int8 if they have steps."""
    parts = []
    for values, each in zip(outputs, steps or [None] * len(outputs), strict=True):
        numbers = floats(values) if each is None else struct.pack(">i", values.size) + values.tobytes()
        parts += [packed_steps(each), numbers]
    return b"".join(parts)


def keep(keep_classes: Sequence[int] | None, num_classes: int) -> bytes:
    if keep_classes is None:
        return b"\0"
    return b"\1" + bytes(class_id in set(keep_classes) for class_id in range(num_classes))
