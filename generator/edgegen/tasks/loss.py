"""The loss of a quantized model: results of the original that it does not have any more."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from edgegen.tasks.detect.pipeline import Detections

    Alike = Callable[[Any, Any], npt.NDArray[np.floating[Any]]]  # likeness [n, m] of two results, 0 to 1

FOUND_AGAIN: Final = 0.75  # least IoU, or likeness of another kind


@dataclass(frozen=True)
class Loss:
    """The number of lost objects, and of all."""

    lost: int = 0
    of: int = 0

    def __add__(self, other: "Loss") -> "Loss":
        """Return the sum of both."""
        return Loss(self.lost + other.lost, self.of + other.of)

    @property
    def percent(self) -> float:
        """The lost share, 0 to 100."""
        return 100 * self.lost / self.of if self.of else 0.0


def lost_detections(ours: "Detections", theirs: "Detections", *alike: "Alike") -> Loss:
    """Count the detections of theirs that ours does not have, or has elsewhere.

    Pairs have the same class and at least FOUND_AGAIN in each likeness. The most similar are paired first.
    Additional detections of ours are no loss.
    """
    import numpy as np

    if not len(theirs) or not len(ours):
        return Loss(len(theirs), len(theirs))
    likeness = np.nan_to_num(np.min([each(theirs, ours) for each in alike], axis=0))
    likeness = np.where(theirs.class_ids[:, None] == ours.class_ids[None], likeness, 0)
    found = 0
    while likeness.max() >= FOUND_AGAIN:
        row, column = np.unravel_index(likeness.argmax(), likeness.shape)
        likeness[row], likeness[:, column] = 0, 0
        found += 1
    return Loss(len(theirs) - found, len(theirs))


def box_likeness(one: "Detections", other: "Detections") -> Any:
    """Return the IoU [n, m] of upright boxes."""
    from edgegen.tasks.detect.comparison import iou_matrix

    return iou_matrix(one.boxes, other.boxes)


def mask_likeness(one: Any, other: Any) -> Any:
    """Return the IoU [n, m] of masks."""
    import numpy as np

    first, second = (each.masks.reshape(len(each), -1).astype(np.float32) for each in (one, other))
    both = first @ second.T
    either = first.sum(axis=1)[:, None] + second.sum(axis=1)[None] - both
    return both / np.maximum(either, 1)


def oriented_likeness(one: Any, other: Any) -> Any:
    """Return the probabilistic IoU [n, m] of oriented boxes, as in NMS."""
    from edgegen.reference.rotated_nms import probiou

    return probiou(one.rotated, other.rotated)


def keypoint_likeness(one: Any, other: Any) -> Any:
    """Return the likeness [n, m] of keypoints: 1 - 0.25 * mean distance / (a tenth of the box's mean side).

    In a box of 100 x 100 pixels, keypoints are found again within 10 pixels on average.
    """
    import numpy as np

    sides = np.sqrt(np.prod(np.maximum(one.boxes[:, 2:] - one.boxes[:, :2], 1), axis=1))
    apart = np.linalg.norm(one.keypoints[:, None, :, :2] - other.keypoints[None, :, :, :2], axis=3).mean(
        axis=2
    )
    return np.clip(1 - (1 - FOUND_AGAIN) * apart / (0.1 * sides[:, None]), 0, 1)
