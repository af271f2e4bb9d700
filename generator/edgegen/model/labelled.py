"""The labels of a picture, to which an evaluation compares results."""

from dataclasses import dataclass, field

import numpy as np

from edgegen.base.arrays import Float32, Int64


@dataclass(frozen=True)
class Labels:
    """m labelled objects. Coordinates are shares of width and height (0 to 1), as in YOLO's text files."""

    class_ids: Int64  # [m]
    boxes: Float32  # [m, 4]: x1 y1 x2 y2
    polygons: tuple[Float32, ...] = ()  # m of [k, 2]; four corners of an oriented box
    keypoints: Float32 = field(default_factory=lambda: np.zeros((0, 0, 3), np.float32))  # [m, K, 3]
    sigmas: tuple[float, ...] = ()  # K, OKS tolerance of each keypoint; (): the defaults

    def __len__(self) -> int:
        """Return m."""
        return len(self.class_ids)

    def of_classes(self, keep_classes: "tuple[int, ...]") -> "Labels":
        """Return the labels of these classes; all if none are given."""
        if not keep_classes:
            return self
        places = np.flatnonzero(np.isin(self.class_ids, keep_classes))
        return Labels(
            self.class_ids[places],
            self.boxes[places],
            tuple(self.polygons[place] for place in places) if self.polygons else (),
            self.keypoints[places] if len(self.keypoints) else self.keypoints,
            self.sigmas,
        )
