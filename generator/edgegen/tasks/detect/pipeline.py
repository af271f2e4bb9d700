"""Detection from picture to result: decoding, selection, mapping to the picture."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edgegen.model.spec import ModelSpec, OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.reference.letterbox import LetterboxPlan, letterbox, plan_letterbox, to_tensor
from edgegen.reference.nms import nms
from edgegen.tasks.detect.decode import (
    LEAST_TOP_K,
    Candidates,
    decode_decoded,
    decode_detections,
    decode_raw,
    first,
    top_k,
)

Float32 = npt.NDArray[np.float32]
Int64 = npt.NDArray[np.int64]
Forward = Callable[[Float32], Sequence[Float32]]


@dataclass(frozen=True)
class Detections:
    """n detections, best first, in pixels of the original picture."""

    boxes: Float32  # [n, 4], x1 y1 x2 y2
    scores: Float32  # [n], 0 to 1
    class_ids: npt.NDArray[np.int64]  # [n]

    def __len__(self) -> int:
        """Return n."""
        return len(self.scores)

    def at(self, places: Int64) -> "Detections":
        """Return the detections at these indices."""
        return Detections(self.boxes[places], self.scores[places], self.class_ids[places])


def to_image(boxes: Float32, plan: LetterboxPlan) -> Float32:
    """Map corners [n, 4] from the model's input to the picture, clipped to it."""
    shift = np.array([plan.left, plan.top, plan.left, plan.top], dtype=np.float32)
    gain = np.array([plan.gain_x, plan.gain_y, plan.gain_x, plan.gain_y], dtype=np.float32)
    limit = np.array(
        [plan.source_width, plan.source_height, plan.source_width, plan.source_height], dtype=np.float32
    )
    clipped: Float32 = np.clip((boxes - shift) / gain, np.float32(0), limit)
    return clipped


def decode(
    outputs: Sequence[Float32],
    spec: OutputSpec,
    confidence: float,
    keep_classes: Sequence[int] | None = None,
    *,
    max_det: int = LEAST_TOP_K,
    agnostic: bool = False,
) -> Candidates:
    """Decode a model's outputs by its contract; max_det and agnostic apply to `end2end` only."""
    if spec.contract == "raw":
        return decode_raw(outputs, spec.strides, spec.reg_max, confidence, keep_classes)
    if spec.contract == "end2end":
        levels = (outputs, spec.strides, spec.reg_max, confidence, keep_classes)
        return top_k(*levels, max_det=max_det, agnostic=agnostic)
    if spec.contract == "decoded":
        return decode_decoded(outputs[0], confidence, keep_classes)
    return decode_detections(outputs[0], spec.classes, confidence, keep_classes)


def choose(
    candidates: Candidates, spec: OutputSpec, *, iou: float, max_det: int = 300, agnostic: bool = False
) -> Int64:
    """Return the indices of the selected candidates, best first, by the contract's rule."""
    if spec.needs_nms:
        return nms(candidates.boxes, candidates.scores, candidates.class_ids, iou, max_det, agnostic)
    if spec.contract == "end2end":
        return first(candidates, max_det)
    return np.arange(len(candidates))[:max_det]  # in the model's order


def shown_boxes(
    outputs: Sequence[Float32],
    spec: OutputSpec,
    plan: LetterboxPlan,
    thresholds: Thresholds,
    keep_classes: Sequence[int] | None = None,
) -> Detections:
    """Decode the outputs, select, and map the selection to the picture."""
    return shown_with_index(outputs, spec, plan, thresholds, keep_classes)[0]


def shown_with_index(
    outputs: Sequence[Float32],
    spec: OutputSpec,
    plan: LetterboxPlan,
    thresholds: Thresholds,
    keep_classes: Sequence[int] | None = None,
) -> tuple[Detections, Int64]:
    """Return the result of `shown_boxes`, and the candidate number of each, which identifies its extras."""
    candidates, kept = chosen(outputs, spec, thresholds, keep_classes)
    boxes = to_image(candidates.boxes[kept], plan)
    return Detections(boxes, candidates.scores[kept], candidates.class_ids[kept]), candidates.index[kept]


def chosen(
    outputs: Sequence[Float32],
    spec: OutputSpec,
    thresholds: Thresholds,
    keep_classes: Sequence[int] | None = None,
) -> tuple[Candidates, Int64]:
    """Return the candidates in input pixels, and the indices of the selected ones, best first."""
    most, agnostic = thresholds.max_det, thresholds.agnostic
    candidates = decode(outputs, spec, thresholds.confidence, keep_classes, max_det=most, agnostic=agnostic)
    return candidates, choose(candidates, spec, iou=thresholds.iou, max_det=most, agnostic=agnostic)


def detect(
    image: npt.NDArray[np.uint8],
    forward: Forward,
    spec: ModelSpec,
    thresholds: Thresholds | None = None,
    *,
    keep_classes: Sequence[int] | None = None,
) -> Detections:
    """Find objects in an RGB picture [h, w, 3]; forward maps the input tensor to the model's outputs."""
    input_hw = (spec.input.height, spec.input.width)
    boxed = letterbox(image, input_hw, spec.input.pad_value)
    plan = plan_letterbox((image.shape[0], image.shape[1]), input_hw)
    outputs = forward(to_tensor(boxed, spec.input))
    return shown_boxes(outputs, spec.output, plan, thresholds or Thresholds(), keep_classes)
