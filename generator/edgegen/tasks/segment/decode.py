"""Decode the masks of selected boxes, at the input's or the picture's size.

`tasks.detect` decodes and selects the boxes. Coefficients are their extras, and the last output has the
prototypes. `shown` drops boxes with an empty mask.
"""

import math
from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from edgegen.base.arrays import Float32, Int64
from edgegen.reference import bilinear
from edgegen.reference.contour import external_contours, joined
from edgegen.reference.letterbox import plan_letterbox, points_to_picture

Bitmap = npt.NDArray[np.bool_]  # [h, w]
Bitmaps = npt.NDArray[np.bool_]  # [n, h, w]

PROTOTYPE_STRIDE: Final = 4  # input pixels of a prototype's pixel, as in Ultralytics
ABOVE: Final = np.float32(0)  # a pixel belongs to the mask if its mixture is above
NEAR: Final = np.float32(1e-3)  # distance to 0, or of a box's side to a pixel, within which rounding decides


def masks(coefficients: Float32, prototypes: Float32, boxes: Float32, input_hw: tuple[int, int]) -> Bitmaps:
    """Return masks [n, height, width] of the letterboxed input's size, as predict does by default.

    coefficients are [n, nm], prototypes [nm, mh, mw]; boxes [n, 4] are corners in input pixels, not clipped.
    A pixel belongs to a mask if the enlarged mixture of prototypes is above 0, and the pixel is in the box:
    x1 <= column < x2, y1 <= row < y2.
    """
    found = np.zeros((len(coefficients), *input_hw), dtype=np.bool_)
    rows = bilinear.taps(prototypes.shape[1], input_hw[0])
    columns = bilinear.taps(prototypes.shape[2], input_hw[1])
    for mask, plane, box in zip(found, _mixed(coefficients, prototypes), boxes, strict=True):
        _fill(mask, plane, rows, columns, box)
    return found


def undecided(
    coefficients: Float32, prototypes: Float32, boxes: Float32, input_hw: tuple[int, int]
) -> Bitmaps:
    """Return the pixels [n, height, width] of `masks` that depend on rounding.

    Their mixture is within NEAR of 0, or their row or column is within NEAR of a side of the box.
    """
    rows = bilinear.taps(prototypes.shape[1], input_hw[0])
    columns = bilinear.taps(prototypes.shape[2], input_hw[1])
    outward = np.array([-NEAR, -NEAR, NEAR, NEAR], dtype=np.float32)
    found = np.zeros((len(coefficients), *input_hw), dtype=np.bool_)
    for open_ones, plane, box in zip(found, _mixed(coefficients, prototypes), boxes, strict=True):
        _fill(open_ones, plane, rows, columns, box + outward, -NEAR)
        sure = np.zeros(input_hw, dtype=np.bool_)
        _fill(sure, plane, rows, columns, box - outward, NEAR)
        open_ones &= ~sure
    return found


def masks_on_picture(
    coefficients: Float32, prototypes: Float32, boxes: Float32, picture_hw: tuple[int, int]
) -> Bitmaps:
    """Return masks [n, h, w] of the picture's size: predict's with `retina_masks`.

    boxes [n, 4] are corners in picture pixels, clipped to it. The mixture is enlarged just enough for the
    letterbox border to end between pixels, cut, and resized to the picture.
    """
    found = np.zeros((len(coefficients), *picture_hw), dtype=np.bool_)
    height, width = prototypes.shape[1:]
    plan = plan_letterbox(picture_hw, (height * PROTOTYPE_STRIDE, width * PROTOTYPE_STRIDE))
    border = plan.input_height - plan.resized_height, plan.input_width - plan.resized_width
    factor = enlargement(border)
    size = height * factor, width * factor
    cut = plan_letterbox(picture_hw, size)
    rows = bilinear.taps(cut.resized_height, picture_hw[0])
    columns = bilinear.taps(cut.resized_width, picture_hw[1])
    for mask, plane, box in zip(found, _mixed(coefficients, prototypes), boxes, strict=True):
        large = bilinear.resize(plane, *size) if factor > 1 else plane
        inside = large[cut.top : cut.top + cut.resized_height, cut.left : cut.left + cut.resized_width]
        _fill(mask, inside, rows, columns, box)
    return found


def enlargement(border: tuple[int, int]) -> int:
    """Return the smallest factor (1, 2, 4) by which prototypes are enlarged before the border is cut off.

    border has the input pixels of the border (above + below, left + right). Half of each must be whole pixels
    of the enlarged prototypes.
    """
    half_and_whole = border[0] | border[1] | (border[0] | border[1]) // 2
    return PROTOTYPE_STRIDE // math.gcd(PROTOTYPE_STRIDE, half_and_whole)


def shown(bitmaps: Bitmaps) -> Int64:
    """Return the indices of masks [n, h, w] with a pixel. Boxes without one are dropped."""
    return np.flatnonzero(bitmaps.any(axis=(1, 2)))


def polygon(bitmap: npt.NDArray[np.bool_], picture_hw: tuple[int, int]) -> Float32:
    """Return a mask's outline [k, 2], x y in picture pixels, as Ultralytics' `masks.xy`; [0, 2] if empty.

    bitmap [h, w] has the size of the letterboxed input or of the picture. Separate parts are joined.
    """
    points = joined(external_contours(bitmap)).astype(np.float32)
    plan = plan_letterbox(picture_hw, (bitmap.shape[0], bitmap.shape[1]))
    return points_to_picture(points, plan)


def _mixed(coefficients: Float32, prototypes: Float32) -> Iterator[Float32]:
    """Yield the mixture [mh, mw] of prototypes for each mask."""
    depth, height, width = prototypes.shape
    flat = np.ascontiguousarray(prototypes, dtype=np.float32).reshape(depth, -1)
    with np.errstate(invalid="ignore", over="ignore"):
        mixture: Float32 = np.ascontiguousarray(coefficients, dtype=np.float32) @ flat
    yield from mixture.reshape(-1, height, width)


def _fill(
    mask: npt.NDArray[np.bool_],
    plane: Float32,
    rows: bilinear.Taps,
    columns: bilinear.Taps,
    box: Float32,
    threshold: np.float32 = ABOVE,
) -> None:
    """Set the pixels of a mask [h, w] in the box where the plane is above the threshold."""
    height, width = mask.shape
    left, right = (int(np.clip(np.ceil(box[i]), 0, width)) for i in (0, 2))
    top, bottom = (int(np.clip(np.ceil(box[i]), 0, height)) for i in (1, 3))
    if left >= right or top >= bottom:
        return
    with np.errstate(invalid="ignore", over="ignore"):
        values = bilinear.sample(plane, rows.part(top, bottom), columns.part(left, right))
        mask[top:bottom, left:right] = values > threshold
