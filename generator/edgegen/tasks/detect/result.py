"""The result of a detection model: boxes with classes and scores."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from edgegen.base.arrays import Float32, Int64
from edgegen.model.spec import OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.tasks.decoder import Record, Tolerances
from edgegen.tasks.detect import comparison
from edgegen.tasks.stage import Comparison, Loss

if TYPE_CHECKING:
    from typing_extensions import Self

Floats = npt.NDArray[np.floating[Any]]
Pairs = Sequence[tuple[int, int]]

FOUND_AGAIN: Final = 0.75  # least IoU, or likeness of another kind


@dataclass(frozen=True)
class Detections:
    """n detections, best first, in pixels of the original picture."""

    boxes: Float32  # [n, 4], x1 y1 x2 y2
    scores: Float32  # [n], 0 to 1
    class_ids: Int64  # [n]

    def __len__(self) -> int:
        return len(self.scores)

    def compare(
        self,
        reference: "Self",
        thresholds: Thresholds,
        output: OutputSpec,
        tolerances: Tolerances | None = None,
    ) -> Comparison:
        """Compare boxes and scores by the rules of `compare_boxes`, and the extras of each pair."""
        boxes = comparison.compare_boxes(self, reference, thresholds, output, tolerances)
        pairing = comparison.pair(self, reference, tolerances)
        return self.compare_extras(boxes, reference, pairing.pairs, tolerances)

    def compare_extras(
        self, boxes: Comparison, reference: "Self", pairs: Pairs, tolerances: Tolerances | None
    ) -> Comparison:
        """Return the comparison of boxes with that of the extras. pairs: indices of both results."""
        return boxes

    def extras_difference(self, i: int, other: "Self", j: int) -> float:
        """Return the difference of the extras of detection i of this result and j of the other one."""
        return 0.0

    def nms_overlaps(self, other: "Self", indices: Sequence[int], agnostic: bool) -> Floats:
        """Return the IoU of NMS [indices, n + m]; indices are of the detections of both results."""
        boxes = np.concatenate([self.boxes, other.boxes]).astype(np.float32)
        moved = boxes + comparison.class_offsets(self, other, agnostic)
        return comparison.iou_matrix(moved[list(indices)], moved)

    def likeness(self, other: "Self") -> Floats:
        """Return the IoU [n, m], 0 to 1."""
        return comparison.iou_matrix(self.boxes, other.boxes)

    def lost_in(self, other: "Self") -> Loss:
        """Count the detections that the other result does not have, or has elsewhere.

        Pairs have the same class and at least the likeness FOUND_AGAIN. The most similar are paired first.
        Additional detections are no loss.
        """
        if not len(self) or not len(other):
            return Loss(len(self), len(self))
        same_class = self.class_ids[:, None] == other.class_ids[None]
        likeness = np.where(same_class, np.nan_to_num(self.likeness(other)), 0)
        found = 0
        while likeness.max() >= FOUND_AGAIN:
            row, column = np.unravel_index(likeness.argmax(), likeness.shape)
            likeness[row], likeness[:, column] = 0, 0
            found += 1
        return Loss(len(self) - found, len(self))

    def to_json(self, class_names: Sequence[str]) -> list[dict[str, Any]]:
        return [
            {
                "class_id": int(class_id),
                "class_name": class_names[class_id],
                "score": float(score),
                "box": [float(corner) for corner in box],
            }
            for box, score, class_id in zip(self.boxes, self.scores, self.class_ids, strict=True)
        ]

    def spoken_text(self, class_names: Sequence[str]) -> str:
        """Return the number of detections of each class."""
        best_first = sorted(range(len(self)), key=lambda i: -self.scores[i])
        counts = Counter(int(self.class_ids[i]) for i in best_first)
        return ", ".join(f"{count} {class_names[class_id]}" for class_id, count in counts.items())

    def add_to(self, record: Record) -> None:
        record.add("boxes.box", "f32", self.boxes)
        record.add("boxes.score", "f32", self.scores)
        record.add("boxes.class", "u32", self.class_ids)


def boxes_of_json(rows: Sequence[Mapping[str, Any]]) -> tuple[Float32, Float32, Int64]:
    """Return the boxes, scores and class ids of an app's JSON."""
    return (
        np.array([row["box"] for row in rows], dtype=np.float32).reshape(-1, 4),
        np.array([row["score"] for row in rows], dtype=np.float32),
        np.array([row["class_id"] for row in rows], dtype=np.int64),
    )
