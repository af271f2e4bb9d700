"""The normative algorithms in numpy: what the C++, Kotlin and Swift ports are held against.

An app never uses this code. It is written to be read beside the ports, one function per stage:
`letterbox` -> (model) -> `decode` -> `nms` -> `to_image`.
"""

from edgegen.reference.decode import Candidates, decode_decoded, decode_raw
from edgegen.reference.letterbox import LetterboxPlan, letterbox, plan_letterbox, resize_bilinear, to_tensor
from edgegen.reference.nms import nms
from edgegen.reference.pipeline import Detections, detect, to_image
from edgegen.reference.stored import YCBCR_ENCODINGS, nv12_to_rgb, turn_upright

__all__ = [
    "YCBCR_ENCODINGS",
    "Candidates",
    "Detections",
    "LetterboxPlan",
    "decode_decoded",
    "decode_raw",
    "detect",
    "letterbox",
    "nms",
    "nv12_to_rgb",
    "plan_letterbox",
    "resize_bilinear",
    "to_image",
    "to_tensor",
    "turn_upright",
]
