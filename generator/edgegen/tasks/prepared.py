"""A preprocessed picture: the input's bytes, the tensor, and the placement of the picture in it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edgegen.model.spec import InputSpec
from edgegen.reference import LetterboxPlan, letterbox, plan_letterbox, to_tensor


@dataclass(frozen=True)
class Prepared:
    """A preprocessed picture."""

    pixels: npt.NDArray[np.uint8]  # [height, width, 3], RGB
    tensor: npt.NDArray[np.float32]  # [1, 3, height, width]
    plan: LetterboxPlan


def letterboxed(rgb: npt.NDArray[np.uint8], spec: InputSpec) -> Prepared:
    """Letterbox a picture [h, w, 3]: scale it to the input, with a border on two sides."""
    size = (spec.height, spec.width)
    pixels = letterbox(rgb, size, spec.pad_value)
    return Prepared(pixels, to_tensor(pixels, spec), plan_letterbox((rgb.shape[0], rgb.shape[1]), size))
