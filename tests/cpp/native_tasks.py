"""The C++ tasks, compiled and callable: ctypes over task_harness.cpp."""

import ctypes
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edgegen.model.precision import Steps
from edgegen.model.spec import ultralytics_shorter_side
from tests.cpp.native import RECORD
from tests.helpers.bytetrack import Tracked
from tests.helpers.pixel_formats import FORMATS

Float32 = npt.NDArray[np.float32]

# The number of each vision::Contract and vision::AngleRule.
CONTRACTS = (
    *("raw", "end2end", "decoded", "multilabel", "detections"),
    *("logits", "probabilities", "depth"),
)
FILTERS = ("bilinear", "bicubic")  # vision::PillowFilter
ANGLE_RULES = {"": 0, "sigmoid": 1, "logit": 2}


@dataclass(frozen=True)
class Model:
    """The fields of a ModelInfo."""

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
    """The thresholds and options of a run."""

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
        self.library.crop_new.restype = self.library.tracker_new.restype = ctypes.c_void_p
        self.library.tracker_update.restype = ctypes.c_size_t

    def track(self, frames: Iterable[tuple[Float32, Float32]]) -> Iterator[list[Tracked]]:
        """Run vision::ByteTrack over the frames' boxes, [n, 4] or oriented [n, 5], and scores."""
        tracker = None
        for boxes, scores in frames:
            turned = boxes.shape[1] == 5
            tracker = tracker or ctypes.c_void_p(self.library.tracker_new(int(turned)))
            given = np.zeros((len(boxes), 5), np.float32)
            given[:, : boxes.shape[1]] = boxes
            scores, left = np.ascontiguousarray(scores, np.float32), np.zeros((len(boxes), 5), np.float32)
            numbers, places = np.zeros(len(boxes), np.int32), np.zeros(len(boxes), np.int32)
            pointers = [ctypes.c_void_p(each.ctypes.data) for each in (given, scores, numbers, left, places)]
            count = self.library.tracker_update(
                tracker, int(turned), *pointers[:2], ctypes.c_size_t(len(boxes)), *pointers[2:]
            )
            rows = zip(numbers[:count], left[:count, : boxes.shape[1]], places[:count], strict=True)
            yield [Tracked(int(number), box, int(place)) for number, box, place in rows]
        if tracker is not None:
            self.library.tracker_free(tracker)

    def overlaps(self, one: Float32, other: Float32) -> Float32:
        """vision::probiou of boxes [n, 5] and [n, 5]."""
        out = np.zeros(len(one), dtype=np.float32)
        one, other = np.ascontiguousarray(one, np.float32), np.ascontiguousarray(other, np.float32)
        self.library.task_overlaps(
            ctypes.c_void_p(one.ctypes.data),
            ctypes.c_void_p(other.ctypes.data),
            ctypes.c_size_t(len(one)),
            ctypes.c_void_p(out.ctypes.data),
        )
        return out

    def corners(self, boxes: Float32) -> Float32:
        """vision::corners_of of boxes [n, 5]: [n, 4, 2]."""
        boxes, out = np.ascontiguousarray(boxes, np.float32), np.zeros((len(boxes), 4, 2), np.float32)
        self.library.task_corners(
            ctypes.c_void_p(boxes.ctypes.data), ctypes.c_size_t(len(boxes)), ctypes.c_void_p(out.ctypes.data)
        )
        return out

    def contours(self, bitmap: npt.NDArray[np.uint8]) -> list[npt.NDArray[np.int32]]:
        """Return vision::find_contours of a bitmap [h, w], [n, 2] each, and then vision::joined of them."""
        bitmap = np.ascontiguousarray(bitmap)
        sizes = np.zeros(bitmap.size + 2, dtype=np.int32)
        points = np.zeros((16 * bitmap.size + 64, 2), dtype=np.int32)
        count = self.library.contours(
            ctypes.c_void_p(bitmap.ctypes.data),
            *bitmap.shape,
            ctypes.c_void_p(sizes.ctypes.data),
            ctypes.c_void_p(points.ctypes.data),
        )
        ends = np.cumsum(sizes[:count])
        return [points[end - size : end] for size, end in zip(sizes, ends, strict=False)]

    def resize(
        self,
        picture: npt.NDArray[np.uint8],
        size: tuple[int, int],
        filter_name: str,
        part: tuple[int, int, int, int] | None = None,
    ) -> npt.NDArray[np.uint8]:
        """Return a part (top, left, rows, columns) of a picture at another size: vision::PillowResizer."""
        top, left, rows, columns = part or (0, 0, *size)
        out = np.zeros((rows, columns, 3), dtype=np.uint8)
        picture = np.ascontiguousarray(picture)
        self.library.pillow_resize(
            ctypes.c_void_p(picture.ctypes.data),
            *picture.shape[:2],
            _integers([*size, top, left, rows, columns]),
            FILTERS.index(filter_name),
            ctypes.c_void_p(out.ctypes.data),
        )
        return out

    def crop(
        self,
        input_hw: tuple[int, int],
        filter_name: str = "bilinear",
        shorter_side: int | None = None,
        **normalization: Any,
    ) -> "CentreCrop":
        """Return a vision::CentreCrop of this library. None: Ultralytics' shorter side."""
        side = ultralytics_shorter_side(*input_hw) if shorter_side is None else shorter_side
        return CentreCrop(self.library, input_hw, filter_name, side, **normalization)

    def task(self, model: Model) -> "Task":
        """Return a task of this library."""
        return Task(self.library, model)


class CentreCrop:
    """vision::CentreCrop."""

    def __init__(
        self,
        library: ctypes.CDLL,
        input_hw: tuple[int, int],
        filter_name: str,
        shorter_side: int,
        mean: Sequence[float] = (0, 0, 0),
        std: Sequence[float] = (1, 1, 1),
        steps: Steps | None = None,
    ):
        self._library, self._input_hw, self._steps = library, input_hw, steps
        self._handle = ctypes.c_void_p(
            library.crop_new(
                *input_hw,
                shorter_side,
                FILTERS.index(filter_name),
                (ctypes.c_double * 3)(*mean),
                (ctypes.c_double * 3)(*std),
                ctypes.c_float(steps.scale if steps else 0),
                steps.zero_point if steps else 0,
            )
        )

    def __del__(self) -> None:
        self._library.crop_free(self._handle)

    def run(
        self,
        rows: npt.NDArray[np.uint8],
        width: int,
        name: str = "rgb",
        orientation: int = 1,
        *,
        tensor: bool = False,
    ) -> tuple[npt.NDArray, tuple[int, ...]]:
        """Return the bytes [H, W, 3] or the tensor [3, H, W], and resized height and width, left and top.

        The tensor is of a model that takes int8 where there are steps.
        """
        height, length = self._input_hw
        number = np.int8 if self._steps else np.float32
        out: npt.NDArray = np.zeros((height, length, 3), np.uint8)
        if tensor:
            out = np.zeros((3, height, length), number)
        places = [number is np.float32 and tensor, not tensor, number is np.int8 and tensor]
        plan = (ctypes.c_int * 4)()
        self._library.crop_run(
            self._handle,
            ctypes.c_void_p(rows.ctypes.data),
            rows.shape[0],
            width,
            ctypes.c_ssize_t(rows.strides[0]),
            FORMATS[name][0],
            orientation,
            *(ctypes.c_void_p(out.ctypes.data) if is_wanted else None for is_wanted in places),
            plan,
        )
        return out, tuple(plan)


class Task:
    """vision::Task."""

    def __init__(self, library: ctypes.CDLL, model: Model):
        self._library, self.model = library, model
        self._handle: ctypes.c_void_p | None = None  # until it is made, there is nothing to free
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
        if self._handle:
            self._library.task_free(self._handle)

    def run(
        self,
        outputs: Sequence[npt.NDArray],
        source_hw: tuple[int, int],
        thresholds: Thresholds,
        steps: Sequence[Steps | None] | None = None,
    ) -> None:
        """Run Task::run, after which `part` gives the result. Outputs with steps are in int8."""
        self.prepared(outputs, source_hw, thresholds, steps)()

    def prepared(
        self,
        outputs: Sequence[npt.NDArray],
        source_hw: tuple[int, int],
        thresholds: Thresholds,
        steps: Sequence[Steps | None] | None = None,
    ) -> Callable[[], None]:
        """Return a function that only calls Task::run with these; valid until the next call of this."""
        assert tuple(output.shape for output in outputs) == self.model.shapes
        steps = steps or [None] * len(outputs)
        self._arrays = arrays = [
            np.ascontiguousarray(output, np.int8 if each else np.float32)
            for output, each in zip(outputs, steps, strict=True)
        ]
        given = (
            self._handle,
            (ctypes.c_void_p * len(arrays))(*(array.ctypes.data for array in arrays)),
            (ctypes.c_float * len(arrays))(*(each.scale if each else 0 for each in steps)),
            _integers([each.zero_point if each else 0 for each in steps]),
            *source_hw,
            ctypes.c_double(thresholds.confidence),
            ctypes.c_double(thresholds.iou),
            thresholds.max_det,
            int(thresholds.agnostic),
            int(thresholds.retina),
        )
        return partial(self._call, given)  # keeps this task

    def _call(self, given: tuple) -> None:
        self._library.task_run(*given)

    def keep(self, wanted: npt.NDArray[np.bool_]) -> None:
        """Run vision::keep_if: one of `wanted` for each detection of the result."""
        self._library.task_keep(self._handle, ctypes.c_void_p(np.ascontiguousarray(wanted).ctypes.data))

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
