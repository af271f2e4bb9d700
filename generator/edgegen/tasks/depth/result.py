"""The result of a depth model: a distance for every pixel."""

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

PNG_STEPS: Final = 65535  # of a 16-bit PNG, from the minimum to the maximum


@dataclass(frozen=True)
class DepthMap:
    """The distance of every pixel of a picture, in the model's unit."""

    depth: Float32  # [h, w]
    step: float = 0.0  # rounding step of a map from a PNG; 0 if not rounded

    def __len__(self) -> int:
        """Return 1: a picture has one map."""
        return 1

    @property
    def ends(self) -> tuple[float, float] | None:
        """The minimum and maximum of finite distances; None if there are none."""
        known = self.depth[np.isfinite(self.depth)]
        return (float(known.min()), float(known.max())) if known.size else None


def prepared(rgb: npt.NDArray[np.uint8], spec: InputSpec) -> Prepared:
    """Preprocess a picture [h, w, 3], stretched to the model's input."""
    size = (spec.height, spec.width)
    pixels = stretch(rgb, size)
    plan = LetterboxPlan(rgb.shape[0], rgb.shape[1], *size, *size, left=0, top=0)
    return Prepared(pixels, to_tensor(pixels, spec), plan)


def shown_depth(outputs: Sequence[Float32], plan: LetterboxPlan) -> DepthMap:
    """Return the distance of every pixel of the picture."""
    input_hw, picture_hw = (plan.input_height, plan.input_width), (plan.source_height, plan.source_width)
    return DepthMap(depth_map(outputs[0][0, 0], input_hw, picture_hw))


def read(row: Mapping[str, Any]) -> DepthMap:
    """Return the map from an app's JSON (little-endian float32 in Base64), or from the PNG that it names.

    In the PNG, 0 is the minimum and 65535 the maximum.
    """
    if "map" in row:
        depth = np.frombuffer(base64.b64decode(row["map"]["values"]), dtype="<f4")
        return DepthMap(depth.reshape(row["map"]["size"]))
    from PIL import Image

    with Image.open(row["file"]) as picture:
        values = np.asarray(picture, dtype=np.float64)
    step = (row["max"] - row["min"]) / PNG_STEPS
    return DepthMap((row["min"] + values * step).astype(np.float32), step)
