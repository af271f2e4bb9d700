"""The stages put together, and the way back to the original picture."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edgegen.model.spec import ModelSpec, OutputSpec
from edgegen.reference.letterbox import LetterboxPlan, letterbox, plan_letterbox, to_tensor
from edgegen.reference.nms import nms
from edgegen.tasks.detect.decode import Candidates, decode_decoded, decode_raw

Float32 = npt.NDArray[np.float32]
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


def to_image(boxes: Float32, plan: LetterboxPlan) -> Float32:
    """Move corners [n, 4] from the model's input back to the picture they came from, clipped to it."""
    shift = np.array([plan.left, plan.top, plan.left, plan.top], dtype=np.float32)
    gain = np.array([plan.gain_x, plan.gain_y, plan.gain_x, plan.gain_y], dtype=np.float32)
    limit = np.array(
        [plan.source_width, plan.source_height, plan.source_width, plan.source_height], dtype=np.float32
    )
    clipped: Float32 = np.clip((boxes - shift) / gain, np.float32(0), limit)
    return clipped


def decode(
    outputs: Sequence[Float32], spec: OutputSpec, confidence: float, keep_classes: Sequence[int] | None = None
) -> Candidates:
    """Decode a model's outputs by its contract."""
    if spec.contract == "raw":
        return decode_raw(outputs, spec.strides, spec.reg_max, confidence, keep_classes)
    return decode_decoded(outputs[0], confidence, keep_classes)


def detect(
    image: npt.NDArray[np.uint8],
    forward: Forward,
    spec: ModelSpec,
    *,
    confidence: float = 0.25,
    iou: float = 0.7,
    max_det: int = 300,
    agnostic: bool = False,
    keep_classes: Sequence[int] | None = None,
) -> Detections:
    """Find objects in an RGB picture [h, w, 3]; forward maps the input tensor to the model's outputs."""
    input_hw = (spec.input.height, spec.input.width)
    boxed = letterbox(image, input_hw, spec.input.pad_value)
    candidates = decode(forward(to_tensor(boxed, spec.input)), spec.output, confidence, keep_classes)
    kept = nms(candidates.boxes, candidates.scores, candidates.class_ids, iou, max_det, agnostic)
    plan = plan_letterbox((image.shape[0], image.shape[1]), input_hw)
    return Detections(
        to_image(candidates.boxes[kept], plan), candidates.scores[kept], candidates.class_ids[kept]
    )
