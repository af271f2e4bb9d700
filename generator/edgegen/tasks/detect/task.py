"""The task detection, and the base of tasks whose candidates have extras."""

from collections.abc import Mapping, Sequence
from typing import Final

from edgegen.model.spec import OutputSpec
from edgegen.tasks.detect import contract
from edgegen.tasks.task import Signature, Task

LOGITS: Final = (-7.0, 6.0)  # class logits: scores from 0.0009, below LEAST_CONFIDENCE, to 0.9975
_MEANINGS: Final = {
    "raw": "boxes and class logits of each level; overlapping boxes are left to NMS",
    "end2end": "boxes and class logits of each level; the best are kept, without NMS",
    "decoded": "all boxes with their scores; overlapping boxes are left to NMS",
    "detections": "the boxes to show, selected by the model itself",
}


def meanings_with(extras: str) -> dict[str, str]:
    """Return the meanings of detection's contracts for boxes with extras."""
    return {name: text.replace("boxes", f"boxes, {extras}", 1) for name, text in _MEANINGS.items()}


class Detect(Task):
    """Boxes with a class and a score."""

    name = "detect"
    decoder_path = "edgegen.tasks.detect.decoder:DetectDecoder"
    takes = "edgegen takes detection models whose .pte returns raw heads, [1, 4 + classes, N] or [1, N, 6]"
    meanings: Mapping[str, str] = _MEANINGS
    kinds: Sequence[str] = ("box", "cls")
    heads = ("raw", "end2end", "decoded")
    library_contracts = ("decoded", "detections")
    choices: Sequence[str] = ("confidence", "iou", "max_det", "agnostic", "classes")
    json_key = "detections"
    result_noun = "boxes"
    loss_unit = "boxes"

    def read_outputs(self, signature: Signature) -> OutputSpec:
        return contract.read_outputs(signature, self.takes)

    def bounds(self, outputs: int) -> Mapping[int, tuple[float, float]]:
        return {place: LOGITS for place in range(outputs) if place % len(self.kinds) == 1}


TASK: Final = Detect()
