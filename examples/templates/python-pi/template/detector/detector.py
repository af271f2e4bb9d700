"""Run the model on ExecuTorch's runtime: a picture in, boxes out."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from detector import boxes, model_info, picture

MODEL = Path(__file__).resolve().parents[1] / "model" / "model.pte"


@dataclass(frozen=True)
class Box:
    """A detection."""

    class_id: int
    class_name: str
    score: float
    corners: tuple[float, ...]  # x1 y1 x2 y2 in pixels of the picture


class Detector:
    """A loaded model."""

    def __init__(self, model: Path = MODEL) -> None:
        """Load the model."""
        from executorch.runtime import Runtime

        self._program = Runtime.get().load_program(model)
        self._forward = self._program.load_method("forward")

    def outputs(self, tensor: np.ndarray) -> list[np.ndarray]:
        """Return the outputs of the model for an input [1, 3, height, width]."""
        import torch

        return [each.numpy() for each in self._forward.execute([torch.from_numpy(tensor)])]

    def __call__(
        self,
        rgb: np.ndarray,
        confidence: float = model_info.CONFIDENCE,
        iou: float = model_info.IOU,
        max_det: int = model_info.MAX_DET,
    ) -> list[Box]:
        """Return the detections in a picture [h, w, 3], highest score first."""
        boxed, where = picture.letterbox(rgb)
        found = boxes.decode(self.outputs(picture.tensor(boxed)), confidence, iou, max_det)
        corners, scores, classes = picture.to_picture(found[0], where), found[1], found[2]
        return [
            Box(int(number), model_info.CLASS_NAMES[number], float(score), tuple(map(float, box)))
            for box, score, number in zip(corners, scores, classes, strict=True)
        ]
