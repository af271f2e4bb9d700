"""Preprocess pictures for a depth model, and decode its output to a distance for every pixel."""

import numpy as np

from edgegen.base.arrays import Float32, Uint8
from edgegen.reference import bilinear
from edgegen.reference.letterbox import resize_bilinear


def stretch(image: Uint8, input_hw: tuple[int, int]) -> Uint8:
    """Return the input's bytes [height, width, 3] of the whole picture [h, w, 3], stretched."""
    return resize_bilinear(image, *input_hw)


def depth_map(depth: Float32, input_hw: tuple[int, int], picture_hw: tuple[int, int]) -> Float32:
    """Return the depth map [h, w] of a picture, in the model's unit, from an output [mh, mw].

    The output is resized to the input's size, then to the picture's, both with aligned corners. NaN stays
    and spreads to neighbours.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        whole = bilinear.resize(depth, *input_hw, align_corners=True)
        return bilinear.resize(whole, *picture_hw, align_corners=True)
