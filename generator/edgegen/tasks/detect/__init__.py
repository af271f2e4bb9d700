"""Boxes: how a detection head is cut, decoded, selected and brought back to the picture."""

from edgegen.tasks.detect.decode import Candidates, decode_decoded, decode_raw
from edgegen.tasks.detect.pipeline import Detections, detect, to_image

__all__ = ["Candidates", "Detections", "decode_decoded", "decode_raw", "detect", "to_image"]
