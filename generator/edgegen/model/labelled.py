"""What people say is in a picture: the labels that an evaluation holds results against."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Float32 = npt.NDArray[np.float32]
Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Labels:
    """m things in a picture, in shares of its width and height (0 to 1), as YOLO's text files have them."""

    class_ids: Int64  # [m]
    boxes: Float32  # [m, 4]: x1 y1 x2 y2
    polygons: tuple[Float32, ...] = ()  # m of [k, 2]; the four corners of a turned box
    keypoints: Float32 = field(default_factory=lambda: np.zeros((0, 0, 3), np.float32))  # [m, K, 3]
    sigmas: tuple[float, ...] = ()  # K, how far off a keypoint may be, as OKS counts it; (): the usual ones

    def __len__(self) -> int:
        """Return m."""
        return len(self.class_ids)

    def of_classes(self, keep_classes: "tuple[int, ...]") -> "Labels":
        """Return those of these classes; all where none are named."""
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
