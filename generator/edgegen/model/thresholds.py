"""The thresholds by which detections are selected."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Thresholds:
    """The thresholds of a result. Both sides of a comparison use the same."""

    confidence: float = 0.25  # 0 to 1; scores must be higher
    iou: float = 0.7  # 0 to 1; of two boxes that overlap more, NMS keeps the more confident one
    max_det: int = 300
    agnostic: bool = False  # whether NMS compares boxes of different classes
