"""The C++ tasks, compiled and callable: ctypes over task_harness.cpp."""

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from .native import RECORD

Float32 = npt.NDArray[np.float32]

# The number of each vision::Contract and vision::AngleRule.
CONTRACTS = ("raw", "end2end", "decoded", "detections", "logits", "probabilities", "depth")
ANGLE_RULES = {"": 0, "obb": 1, "obb26": 2}


@dataclass(frozen=True)
class Model:
    """What a ModelInfo says of a model."""

    task: str
    contract: str
    input_hw: tuple[int, int]
    classes: int
    shapes: tuple[tuple[int, ...], ...]
    strides: tuple[int, ...] = ()
    reg_max: int = 0
    keypoints: tuple[int, int] = (0, 0)
    rule: tuple[float, float] = (0.0, 0.0)
    angle: str = ""
    coefficients: int = 0
    kept: tuple[int, ...] = ()


@dataclass(frozen=True)
class Thresholds:
    """What is asked for."""

    confidence: float = 0.25
    iou: float = 0.7
    max_det: int = 300
    agnostic: bool = False
    retina: bool = False


@dataclass
class Tasks:
    """The compiled library."""

    path: Path
    library: ctypes.CDLL = field(init=False)

    def __post_init__(self) -> None:
        """Load it."""
        self.library = ctypes.CDLL(str(self.path))
        self.library.task_new.restype = ctypes.c_void_p
        self.library.task_part.restype = ctypes.c_size_t

    def overlaps(self, one: Float32, other: Float32) -> Float32:
        """vision::probabilistic_iou of boxes [n, 5] and [n, 5]."""
        out = np.zeros(len(one), dtype=np.float32)
        one, other = np.ascontiguousarray(one, np.float32), np.ascontiguousarray(other, np.float32)
        self.library.task_overlaps(
            ctypes.c_void_p(one.ctypes.data),
            ctypes.c_void_p(other.ctypes.data),
            ctypes.c_size_t(len(one)),
            ctypes.c_void_p(out.ctypes.data),
        )
        return out

    def task(self, model: Model) -> "Task":
        """Return a task of this library."""
        return Task(self.library, model)


class Task:
    """vision::Task."""

    def __init__(self, library: ctypes.CDLL, model: Model):
        self._library, self.model = library, model
        angle = ANGLE_RULES[model.angle]
        numbers = [*model.input_hw, CONTRACTS.index(model.contract), model.reg_max, model.classes]
        numbers += [*model.keypoints, angle, model.coefficients]
        shapes = [size for shape in model.shapes for size in (*shape, *[0] * (4 - len(shape)))]
        ranks = [len(shape) for shape in model.shapes]
        self._handle = ctypes.c_void_p(
            library.task_new(
                model.task.encode(),
                _integers(numbers),
                (ctypes.c_float * 2)(*model.rule),
                len(ranks),
                _integers(ranks),
                _integers(shapes),
                len(model.strides),
                _integers(model.strides),
                len(model.kept),
                _integers(model.kept),
            )
        )
        if not self._handle:
            raise ValueError("the description was refused")

    def __del__(self) -> None:
        self._library.task_free(self._handle)

    def run(self, outputs: Sequence[Float32], source_hw: tuple[int, int], thresholds: Thresholds) -> None:
        """Task::run; the parts of the result are then to be had."""
        assert tuple(output.shape for output in outputs) == self.model.shapes
        arrays = [np.ascontiguousarray(output, np.float32) for output in outputs]
        self._library.task_run(
            self._handle,
            (ctypes.c_void_p * len(arrays))(*(array.ctypes.data for array in arrays)),
            *source_hw,
            ctypes.c_double(thresholds.confidence),
            ctypes.c_double(thresholds.iou),
            thresholds.max_det,
            int(thresholds.agnostic),
            int(thresholds.retina),
        )

    def part(self, name: str, dtype: npt.DTypeLike = np.float32) -> npt.NDArray:
        """Return a part of the result, flat."""
        size = self._library.task_part(self._handle, name.encode(), None)
        out = np.zeros(size, dtype=np.uint8)
        self._library.task_part(self._handle, name.encode(), ctypes.c_void_p(out.ctypes.data))
        return out.view(dtype)

    def boxes(self) -> npt.NDArray:
        """Return Result::boxes as records."""
        return self.part("boxes", RECORD)


def _integers(values: Sequence[int]) -> ctypes.Array:
    return (ctypes.c_int * max(len(values), 1))(*values)
