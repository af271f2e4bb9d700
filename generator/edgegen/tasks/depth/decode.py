"""From a picture to a depth model's input, and from its output to a distance for every pixel."""

import numpy as np
import numpy.typing as npt

from edgegen.reference import bilinear
from edgegen.reference.letterbox import resize_bilinear

Float32 = npt.NDArray[np.float32]
Uint8 = npt.NDArray[np.uint8]


def stretch(image: Uint8, input_hw: tuple[int, int]) -> Uint8:
    """Return the input's bytes [height, width, 3] of a picture [h, w, 3]: all of it, whatever its shape."""
    return resize_bilinear(image, *input_hw)


def depth_map(depth: Float32, input_hw: tuple[int, int], picture_hw: tuple[int, int]) -> Float32:
    """Return the depth of every pixel [h, w] of a picture, in the model's unit, of an output [mh, mw].

    It is brought to the input's size first and then to the picture's, each time with the corners' centres on
    each other. What is no number stays none, and reaches its neighbours.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        whole = bilinear.resize(depth, *input_hw, align_corners=True)
        return bilinear.resize(whole, *picture_hw, align_corners=True)
