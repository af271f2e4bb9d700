"""The normative algorithms in numpy: what the C++, Kotlin and Swift ports are held against.

An app never uses this code. It is written to be read beside the ports, one function a stage: `letterbox` ->
(model) -> a task's own `decode` -> `nms`. Imports nothing but numpy and `model`.
"""

from edgegen.reference.letterbox import LetterboxPlan, letterbox, plan_letterbox, resize_bilinear, to_tensor
from edgegen.reference.nms import nms
from edgegen.reference.stored import YCBCR_ENCODINGS, nv12_to_rgb, turn_upright

__all__ = [
    "YCBCR_ENCODINGS",
    "LetterboxPlan",
    "letterbox",
    "nms",
    "nv12_to_rgb",
    "plan_letterbox",
    "resize_bilinear",
    "to_tensor",
    "turn_upright",
]
