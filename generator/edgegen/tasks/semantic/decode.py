"""Decode a model's output to a class for every pixel of the picture."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from edgegen.base.arrays import Float32, Float64, Int32
from edgegen.reference import bilinear
from edgegen.reference.letterbox import plan_letterbox

IGNORED: Final = 255  # a pixel of a class that is not selected, as in Ultralytics
BLOCK: Final = 1 << 20  # logits of one class in memory at a time


def class_map(logits: Float32, input_hw: tuple[int, int], picture_hw: tuple[int, int]) -> Int32:
    """Return the class of every pixel [h, w] of a picture, from logits [nc, mh, mw] of any resolution.

    The logits are resized to the input, the letterbox border is cut off, and the rest is resized to the
    picture. Of equal logits, the lower class wins; NaN is lowest. A model of one class gives 1 for a logit
    above 0, else 0.
    """
    height, width = picture_hw
    logits = without_border(logits, input_hw, picture_hw)
    if logits.shape[1:] == picture_hw:
        return _best(logits)
    rows, columns = bilinear.taps(logits.shape[1], height), bilinear.taps(logits.shape[2], width)
    found = np.empty(picture_hw, dtype=np.int32)
    step = max(BLOCK // width, 1)
    for first in range(0, height, step):
        with np.errstate(invalid="ignore", over="ignore"):
            values = bilinear.sample(logits, rows.part(first, first + step), columns)
        found[first : first + step] = _best(values)
    return found


def without_border(logits: Float32, input_hw: tuple[int, int], picture_hw: tuple[int, int]) -> Float32:
    """Return logits [nc, mh, mw] resized to the input, without the letterbox border of a picture."""
    if logits.shape[1:] != input_hw:
        logits = bilinear.resize(logits, *input_hw)
    if input_hw == picture_hw:
        return logits
    plan = plan_letterbox(picture_hw, input_hw)
    logits = logits[:, plan.top : plan.top + plan.resized_height]
    return logits[:, :, plan.left : plan.left + plan.resized_width]


def only_classes(classes: Int32, keep_classes: Sequence[int]) -> Int32:
    """Return a class map with IGNORED for all other classes."""
    return np.where(np.isin(classes, keep_classes), classes, IGNORED).astype(np.int32)


def shares(classes: Int32, count: int) -> Float64:
    """Return the share of the picture (0 to 1) of each of count classes, without IGNORED pixels."""
    counted: Float64 = np.bincount(classes.ravel(), minlength=count)[:count] / classes.size
    return counted


def _best(values: Float32) -> Int32:
    with np.errstate(invalid="ignore"):
        above = values[0] > 0
    known = np.where(np.isnan(values), np.float32(-np.inf), values)
    return np.asarray(above if len(values) == 1 else known.argmax(axis=0), dtype=np.int32)
