"""Boxes: how a detection head is cut, decoded, selected and brought back to the picture."""

from edgegen.tasks.detect.decode import Candidates, decode_decoded, decode_detections, decode_raw, top_k
from edgegen.tasks.detect.pipeline import Detections, choose, decode, detect, to_image

__all__ = [
    "Candidates",
    "Detections",
    "choose",
    "decode",
    "decode_decoded",
    "decode_detections",
    "decode_raw",
    "detect",
    "to_image",
    "top_k",
]
