"""The JavaScript core, with the reference's types. The checks of tests/cpp drive it, too."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edgegen.model.thresholds import Thresholds
from edgegen.reference import LetterboxPlan
from edgegen.tasks.detect.decode import Candidates
from tests.web.vision.node import Node

Float32 = npt.NDArray[np.float32]
Int64 = npt.NDArray[np.int64]
Keep = Sequence[int] | None


@dataclass(frozen=True)
class Core:
    """The rendered folders of all models, and the process that runs them."""

    node: Node
    root: Path

    def call(self, folder: str, module: str, name: str, *args: object) -> Any:
        """Call a function of a module: `core.call("pose/raw", "pipeline", "decode", ...)`."""
        return self.node.call(self.root / folder / f"{module}.js", name, *args)

    def decode_raw(
        self, outputs: Sequence[Float32], strides: Sequence[int], confidence: float, keep: Keep = None
    ) -> Candidates:
        """Return decodeRaw's candidates."""
        model = level_model(outputs, strides, keep)
        found = self.call(
            "detect/raw", "levels", "decodeRaw", tensors(outputs), model, thresholds_of(confidence)
        )
        return candidates_of(found)

    def decode_top_k(
        self,
        outputs: Sequence[Float32],
        strides: Sequence[int],
        confidence: float,
        keep_classes: Keep = None,
        max_det: int = 300,
        agnostic: bool = False,
    ) -> Candidates:
        """Return decodeEnd2end's candidates."""
        wanted = thresholds_of(confidence, max_det=max_det, agnostic=agnostic)
        model = level_model(outputs, strides, keep_classes)
        found = self.call("detect/end2end", "levels", "decodeEnd2end", tensors(outputs), model, wanted)
        return candidates_of(found)

    def decode_decoded(self, output: Float32, confidence: float, keep: Keep = None) -> Candidates:
        """Return decodeDecoded's candidates."""
        model = {"classNames": names(output.shape[1] - 4), "extras": 0, "keptClasses": kept_classes(keep)}
        wanted = thresholds_of(confidence)
        found = self.call(
            "detect/decoded", "decode_decoded", "decodeDecoded", tensors([output]), model, wanted
        )
        return candidates_of(found)

    def decode_multilabel(self, output: Float32, confidence: float, keep: Keep = None) -> Candidates:
        """Return decodeMultilabel's candidates."""
        model = {"classNames": names(output.shape[1] - 4), "keptClasses": kept_classes(keep)}
        wanted = thresholds_of(confidence)
        found = self.call(
            "detect/multilabel", "decode_multilabel", "decodeMultilabel", tensors([output]), model, wanted
        )
        return candidates_of(found)

    def decode_detections(
        self, output: Float32, classes: int, confidence: float, keep: Keep = None
    ) -> Candidates:
        """Return decodeDetections' candidates."""
        model = {"classNames": names(classes), "extras": 0, "keptClasses": kept_classes(keep)}
        wanted = thresholds_of(confidence)
        found = self.call(
            "detect/detections", "decode_detections", "decodeDetections", tensors([output]), model, wanted
        )
        return candidates_of(found)

    def nms(self, boxes: Float32, scores: Float32, class_ids: Int64, iou: float, **options: Any) -> Int64:
        """Return the indices that nms keeps."""
        return self._suppress("detect/raw", "nms", "nms", boxes, scores, class_ids, iou, **options)

    def rotated_nms(
        self, boxes: Float32, scores: Float32, class_ids: Int64, iou: float, **options: Any
    ) -> Int64:
        """Return the indices that nms of oriented boxes keeps."""
        names = ("obb/raw", "rotated_nms", "nms")
        return self._suppress(*names, boxes, scores, class_ids, iou, **options)

    def _suppress(
        self,
        folder: str,
        module: str,
        name: str,
        boxes: Float32,
        scores: Float32,
        class_ids: Int64,
        iou: float,
        max_det: int = 300,
        agnostic: bool = False,
        max_candidates: int = 30_000,
    ) -> Int64:
        wanted = thresholds_of(0, iou, max_det, agnostic)
        found = self.call(folder, module, name, to_records(boxes, scores, class_ids), wanted, max_candidates)
        return np.array([each["index"] for each in found], dtype=np.int64)

    def to_image(self, boxes: Float32, plan: LetterboxPlan) -> Float32:
        """Return toDetection's corners."""
        zeros = np.zeros(len(boxes))
        rows = []
        for record in to_records(boxes, zeros.astype(np.float32), zeros.astype(np.int64)):
            found = self.call("detect/raw", "boxes", "toDetection", record, to_plan(plan))
            rows.append([found[side] for side in ("x1", "y1", "x2", "y2")])
        return np.array(rows, dtype=np.float32)


def names(count: int) -> list[str]:
    """Return names of classes."""
    return [f"class {number}" for number in range(count)]


def kept_classes(keep: Keep) -> list[int]:
    """Return `keptClasses`: there, an empty list keeps all classes."""
    return [] if keep is None else list(keep) or [-1]


def level_model(outputs: Sequence[Float32], strides: Sequence[int], keep: Keep) -> dict[str, Any]:
    """Return what decoding levels of boxes and classes reads of a model."""
    return {
        "classNames": names(outputs[1].shape[1]),
        "extras": 0,
        "keptClasses": kept_classes(keep),
        "regMax": outputs[0].shape[1] // 4,
        "strides": list(strides),
    }


def tensors(outputs: Sequence[Float32]) -> list[dict[str, Any]]:
    """Return outputs as `Tensor`s."""
    return [{"dims": list(each.shape), "data": np.asarray(each, dtype=np.float32)} for each in outputs]


def thresholds_of(
    confidence: float, iou: float = 0.7, max_det: int = 300, agnostic: bool = False
) -> dict[str, Any]:
    """Return `Thresholds`."""
    return {"confidence": confidence, "iou": iou, "maxDetections": max_det, "agnostic": agnostic}


def to_thresholds(wanted: Thresholds) -> dict[str, Any]:
    """Return `Thresholds`."""
    return thresholds_of(wanted.confidence, wanted.iou, wanted.max_det, wanted.agnostic)


def to_plan(plan: LetterboxPlan) -> dict[str, float]:
    """Return a `Plan`."""
    return {
        "sourceWidth": plan.source_width,
        "sourceHeight": plan.source_height,
        "inputWidth": plan.input_width,
        "inputHeight": plan.input_height,
        "resizedWidth": plan.resized_width,
        "resizedHeight": plan.resized_height,
        "left": plan.left,
        "top": plan.top,
        "gainX": plan.gain_x,
        "gainY": plan.gain_y,
    }


def to_records(boxes: Float32, scores: Float32, class_ids: Int64) -> list[dict[str, Any]]:
    """Return `Candidate`s, numbered from 0."""
    return [
        {"box": box, "score": float(score), "classId": int(class_id), "index": index}
        for index, (box, score, class_id) in enumerate(zip(boxes, scores, class_ids, strict=True))
    ]


def candidates_of(found: Sequence[dict[str, Any]]) -> Candidates:
    """Return `Candidate`s as the reference has them."""
    boxes = [each["box"] for each in found]
    return Candidates(
        np.stack(boxes) if boxes else np.zeros((0, 4), dtype=np.float32),
        np.array([each["score"] for each in found], dtype=np.float32),
        np.array([each["classId"] for each in found], dtype=np.int64),
        np.array([each["index"] for each in found], dtype=np.int64),
    )
