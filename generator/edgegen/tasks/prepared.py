"""A picture as a model takes it: the bytes of its input, the tensor, and how the picture lies in it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edgegen.model.spec import InputSpec
from edgegen.reference import LetterboxPlan, letterbox, plan_letterbox, to_tensor


@dataclass(frozen=True)
class Prepared:
    """What a model is given of a picture."""

    pixels: npt.NDArray[np.uint8]  # [height, width, 3], RGB
    tensor: npt.NDArray[np.float32]  # [1, 3, height, width]
    plan: LetterboxPlan


def letterboxed(rgb: npt.NDArray[np.uint8], spec: InputSpec) -> Prepared:
    """Return a picture [h, w, 3] brought whole into the input, with a border on two sides."""
    size = (spec.height, spec.width)
    pixels = letterbox(rgb, size, spec.pad_value)
    return Prepared(pixels, to_tensor(pixels, spec), plan_letterbox((rgb.shape[0], rgb.shape[1]), size))
