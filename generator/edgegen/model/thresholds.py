"""What an app is asked for when it chooses what to show."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Thresholds:
    """What both sides of a comparison were asked for."""

    confidence: float = 0.25  # 0 to 1: a score must be above it
    iou: float = 0.7  # 0 to 1: of two boxes that overlap more, the better one stays; where there is NMS
    max_det: int = 300
    agnostic: bool = False  # boxes of different classes suppress each other too
