"""What is shown of a depth model: a distance for every pixel."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from edgegen.model.spec import InputSpec
from edgegen.reference import LetterboxPlan, to_tensor
from edgegen.tasks.depth.decode import depth_map, stretch
from edgegen.tasks.prepared import Prepared

Float32 = npt.NDArray[np.float32]

PNG_STEPS: Final = 65535  # of a PNG of 16 bits, from the least distance to the greatest


@dataclass(frozen=True)
class DepthMap:
    """The distance of every pixel of a picture, in the model's unit."""

    depth: Float32  # [h, w]
    step: float = 0.0  # to what it was rounded: that of a PNG

    def __len__(self) -> int:
        """There is one of a picture."""
        return 1

    @property
    def ends(self) -> tuple[float, float] | None:
        """Return the least and the greatest distance; None where there is none that is finite."""
        known = self.depth[np.isfinite(self.depth)]
        return (float(known.min()), float(known.max())) if known.size else None


def prepared(rgb: npt.NDArray[np.uint8], spec: InputSpec) -> Prepared:
    """Return all of a picture [h, w, 3], stretched to the model's input."""
    size = (spec.height, spec.width)
    pixels = stretch(rgb, size)
    plan = LetterboxPlan(rgb.shape[0], rgb.shape[1], *size, *size, left=0, top=0)
    return Prepared(pixels, to_tensor(pixels, spec), plan)


def shown_depth(outputs: Sequence[Float32], plan: LetterboxPlan) -> DepthMap:
    """Return the distance of every pixel of the picture."""
    input_hw, picture_hw = (plan.input_height, plan.input_width), (plan.source_height, plan.source_width)
    return DepthMap(depth_map(outputs[0][0, 0], input_hw, picture_hw))


def read(said: Mapping[str, Any]) -> DepthMap:
    """Return the map that an app told (float32, little-endian, in Base64), or that of the PNG it wrote.

    There, 0 is its least distance, 65535 its greatest.
    """
    if "map" in said:
        told = np.frombuffer(base64.b64decode(said["map"]["values"]), dtype="<f4")
        return DepthMap(told.reshape(said["map"]["size"]))
    from PIL import Image

    with Image.open(said["file"]) as picture:
        values = np.asarray(picture, dtype=np.float64)
    step = (said["max"] - said["min"]) / PNG_STEPS
    return DepthMap((said["min"] + values * step).astype(np.float32), step)
