"""The normative algorithms in numpy. Tests compare the C++, Kotlin and Swift ports with them.

Apps do not use this code. It has the ports' names and order, one function for each stage: `letterbox` ->
(model) -> the task's `decode` -> `nms`. May import numpy, `base` and `model`.
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
