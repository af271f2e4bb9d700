"""The compiled C++ core, which ctypes calls through harness.cpp, with the reference's types."""

import ctypes
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edgegen.model.precision import Steps
from edgegen.model.spec import LETTERBOX, LETTERBOX_TOP_LEFT
from edgegen.reference import LetterboxPlan
from edgegen.tasks.detect.decode import Candidates
from tests.cpp.native_letterbox import RESIZES, Letterbox, plan_of, pointer

RECORD = np.dtype(
    [(name, np.float32) for name in ("x1", "y1", "x2", "y2", "score")]
    + [("class_id", np.int32), ("index", np.int32)]
)


def _contiguous(array: npt.ArrayLike, dtype: npt.DTypeLike) -> npt.NDArray:
    return np.ascontiguousarray(array, dtype=dtype)


class RawOutput:
    """Outputs box0, cls0, box1, cls1, ... laid out for the harness; keeps the arrays alive."""

    def __init__(
        self,
        outputs: Sequence[npt.NDArray[Any]],
        strides: Sequence[int],
        steps: Sequence[Steps | None] | None = None,
    ):
        steps = steps or [None] * len(outputs)
        self.arrays = [
            _contiguous(output, np.float32 if each is None else np.int8)
            for output, each in zip(outputs, steps, strict=True)
        ]
        levels = len(strides)
        classes = self.arrays[1::2]
        self.num_levels = levels
        self.num_classes = classes[0].shape[1]
        self.reg_max = self.arrays[0].shape[1] // 4
        self.cells = sum(array.shape[2] * array.shape[3] for array in classes)
        self.arguments = (
            levels,
            (ctypes.c_void_p * levels)(*(array.ctypes.data for array in self.arrays[0::2])),
            (ctypes.c_void_p * levels)(*(array.ctypes.data for array in classes)),
            (ctypes.c_int * levels)(*(array.shape[2] for array in classes)),
            (ctypes.c_int * levels)(*(array.shape[3] for array in classes)),
            (ctypes.c_float * levels)(*strides),
            (ctypes.c_float * (2 * levels))(*(each.scale if each else 0 for each in steps)),
            (ctypes.c_int * (2 * levels))(*(each.zero_point if each else 0 for each in steps)),
            self.num_classes,
            self.reg_max,
        )


def to_records(
    boxes: npt.NDArray[np.float32], scores: npt.NDArray[np.float32], class_ids: npt.NDArray[np.int64]
) -> npt.NDArray:
    """Return candidates as the harness takes them."""
    records = np.zeros(len(scores), dtype=RECORD)
    for side, name in enumerate(("x1", "y1", "x2", "y2")):
        records[name] = boxes[:, side]
    records["score"] = scores
    records["class_id"] = class_ids
    records["index"] = np.arange(len(scores))
    return records


def to_candidates(records: npt.NDArray) -> Candidates:
    """Return what the harness wrote as the reference's type."""
    boxes = np.stack([records[name] for name in ("x1", "y1", "x2", "y2")], axis=1)
    return Candidates(
        boxes,
        records["score"].copy(),
        records["class_id"].astype(np.int64),
        records["index"].astype(np.int64),
    )


class Core:
    """The compiled library."""

    def __init__(self, path: Path):
        self.library = ctypes.CDLL(str(path))
        self.library.core_letterbox_new.restype = ctypes.c_void_p
        self.library.core_letterbox_run.restype = ctypes.c_char_p

    def letterbox(self, input_hw: tuple[int, int], **normalization: object) -> Letterbox:
        """Return a letterbox of this library."""
        return Letterbox(self.library, input_hw, **normalization)  # type: ignore[arg-type]

    def plan(
        self, source_hw: tuple[int, int], input_hw: tuple[int, int], resize: str = LETTERBOX
    ) -> LetterboxPlan:
        """vision::plan_letterbox, or the plan of another resize."""
        sizes, gains = (ctypes.c_int * 8)(), (ctypes.c_double * 2)()
        number = RESIZES.index(resize)
        self.library.core_plan(source_hw[1], source_hw[0], input_hw[1], input_hw[0], number, sizes, gains)
        return plan_of(sizes, gains, resize)

    def decode_raw(
        self,
        outputs: Sequence[npt.NDArray[Any]],
        strides: Sequence[int],
        confidence: float,
        keep_classes: Sequence[int] | None = None,
        steps: Sequence[Steps | None] | None = None,
    ) -> Candidates:
        """vision::decode_raw."""
        raw = RawOutput(outputs, strides, steps)
        records = np.zeros(raw.cells, dtype=RECORD)
        keep = _mask(keep_classes, raw.num_classes)
        count = self.library.core_decode_raw(
            *raw.arguments, ctypes.c_float(confidence), keep, pointer(records)
        )
        return to_candidates(records[:count])

    def decode_decoded(
        self, output: npt.NDArray[np.float32], confidence: float, keep_classes: Sequence[int] | None = None
    ) -> Candidates:
        """vision::decode_decoded."""
        return self._decode_columns(self.library.core_decode_decoded, output, confidence, keep_classes)

    def decode_multilabel(
        self, output: npt.NDArray[np.float32], confidence: float, keep_classes: Sequence[int] | None = None
    ) -> Candidates:
        """vision::decode_multilabel."""
        return self._decode_columns(self.library.core_decode_multilabel, output, confidence, keep_classes)

    def _decode_columns(
        self,
        decode: Any,
        output: npt.NDArray[np.float32],
        confidence: float,
        keep_classes: Sequence[int] | None,
    ) -> Candidates:
        output = _contiguous(output, np.float32)
        num_classes, n = output.shape[1] - 4, output.shape[2]
        records = np.zeros(n * num_classes, dtype=RECORD)
        keep = _mask(keep_classes, num_classes)
        count = decode(pointer(output), n, num_classes, ctypes.c_float(confidence), keep, pointer(records))
        return to_candidates(records[:count])

    def decode_top_k(
        self,
        outputs: Sequence[npt.NDArray[Any]],
        strides: Sequence[int],
        confidence: float,
        keep_classes: Sequence[int] | None = None,
        max_det: int = 300,
        agnostic: bool = False,
        steps: Sequence[Steps | None] | None = None,
    ) -> Candidates:
        """vision::top_k."""
        raw = RawOutput(outputs, strides, steps)
        records = np.zeros(raw.cells, dtype=RECORD)
        count = self.library.core_decode_top_k(
            *raw.arguments,
            ctypes.c_float(confidence),
            _mask(keep_classes, raw.num_classes),
            max_det,
            int(agnostic),
            pointer(records),
        )
        return to_candidates(records[:count])

    def decode_detections(
        self,
        output: npt.NDArray[np.float32],
        classes: int,
        confidence: float,
        keep_classes: Sequence[int] | None = None,
    ) -> Candidates:
        """vision::decode_detections."""
        output = _contiguous(output, np.float32)
        n = output.shape[1]
        records = np.zeros(n, dtype=RECORD)
        keep = _mask(keep_classes, classes)
        count = self.library.core_decode_detections(
            pointer(output), n, classes, ctypes.c_float(confidence), keep, pointer(records)
        )
        return to_candidates(records[:count])

    def first(self, scores: npt.NDArray[np.float32], max_det: int) -> npt.NDArray[np.int64]:
        """vision::first."""
        n = len(scores)
        records = to_records(np.zeros((n, 4), np.float32), scores, np.zeros(n, np.int64))
        kept = np.zeros(n, dtype=np.int32)
        count = self.library.core_first(pointer(records), n, max_det, pointer(kept))
        return kept[:count].astype(np.int64)

    def nms(
        self,
        boxes: npt.NDArray[np.float32],
        scores: npt.NDArray[np.float32],
        class_ids: npt.NDArray[np.int64],
        iou: float,
        max_det: int = 300,
        agnostic: bool = False,
        max_candidates: int = 30_000,
    ) -> npt.NDArray[np.int64]:
        """vision::nms."""
        records = to_records(boxes, scores, class_ids)
        kept = np.zeros(len(records), dtype=np.int32)
        count = self.library.core_nms(
            pointer(records),
            len(records),
            ctypes.c_double(iou),
            max_det,
            int(agnostic),
            max_candidates,
            pointer(kept),
        )
        return kept[:count].astype(np.int64)

    def decode_raw_and_nms(
        self, raw: RawOutput, confidence: float, iou: float = 0.7, max_det: int = 300
    ) -> tuple[int, int]:
        """Run decode and NMS in one call, as an app does; return the counts of candidates and kept boxes."""
        candidates = ctypes.c_int()
        kept = self.library.core_decode_raw_and_nms(
            *raw.arguments,
            ctypes.c_float(confidence),
            ctypes.c_double(iou),
            max_det,
            ctypes.byref(candidates),
        )
        return candidates.value, kept

    def to_image(self, boxes: npt.NDArray[np.float32], plan: LetterboxPlan) -> npt.NDArray[np.float32]:
        """vision::to_image on every box [n, 4]."""
        n = len(boxes)
        records = to_records(boxes, np.zeros(n, dtype=np.float32), np.zeros(n, dtype=np.int64))
        out = np.zeros(n, dtype=RECORD)
        self.library.core_to_image(
            pointer(records),
            n,
            plan.source_width,
            plan.source_height,
            plan.input_width,
            plan.input_height,
            RESIZES.index(LETTERBOX_TOP_LEFT if plan.ratio else LETTERBOX),
            pointer(out),
        )
        return to_candidates(out).boxes


def _mask(keep_classes: Sequence[int] | None, num_classes: int) -> ctypes.c_void_p | ctypes.Array | None:
    if keep_classes is None:
        return None
    mask = (ctypes.c_uint8 * num_classes)()
    for class_id in keep_classes:
        mask[class_id] = 1
    return mask
