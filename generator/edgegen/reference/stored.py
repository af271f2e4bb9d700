"""Convert stored pixels of cameras and files to an upright RGB picture.

Ports do not make this picture: they turn and convert pixels while they read them. Their letterbox must equal
the letterbox of this picture, bit for bit.
"""

from typing import Final

import numpy as np

from edgegen.base.arrays import Int32, Uint8

# name -> (Kr, Kb, video) of ITU-R BT.601-7 (2.5.1) and BT.709-6 (item 3.2). Video has luma from 16 to 235 and
# chroma from 16 to 240. Full range, as in JFIF (ITU-T T.871), has 0 to 255.
YCBCR_ENCODINGS: Final = {
    "bt601_video": (0.299, 0.114, True),
    "bt601_full": (0.299, 0.114, False),
    "bt709_video": (0.2126, 0.0722, True),
    "bt709_full": (0.2126, 0.0722, False),
}
FRACTION_BITS: Final = 5  # of a sum: the largest is 546 * 2**5, which fits 16 bits
CHROMA_BITS: Final = 13  # of a weight
LUMA_BITS: Final = 7  # of a weight: 255 times it fits 16 bits
NEUTRAL: Final = 128  # chroma without colour


def turn_upright(picture: Uint8, orientation: int) -> Uint8:
    """Return the upright picture of a stored one [h, w, ...] with an EXIF orientation, 1 to 8.

    Raises:
        ValueError: There is no such orientation.
    """
    if not 1 <= orientation <= 8:
        raise ValueError(f"the orientation is {orientation}, but must be 1 to 8")
    if orientation >= 5:  # the first stored row is a side of the picture
        picture = picture.swapaxes(0, 1)
    if orientation in {3, 4, 7, 8}:
        picture = picture[::-1]
    if orientation in {2, 3, 6, 7}:
        picture = picture[:, ::-1]
    return np.ascontiguousarray(picture)


def nv12_to_rgb(luma: Uint8, chroma: Uint8, encoding: str) -> Uint8:
    """Convert luma [h, w] and chroma [(h + 1) / 2, (w + 1) / 2, 2] (Cb, Cr) to RGB [h, w, 3], in fixed point.

    Each product is truncated to 1/32 of a level. The products of luma's black and of neutral chroma are
    subtracted, so black is 0, white is 255, and a full-range gray does not change. Every value is within one
    level of the formula in floating point.
    """
    height, width = luma.shape
    full = chroma.repeat(2, axis=0)[:height].repeat(2, axis=1)[:, :width].astype(np.int32)
    kr, kb, video = YCBCR_ENCODINGS[encoding]
    kg = 1 - kr - kb
    luma_range, chroma_range = (219, 224) if video else (255, 255)
    luma_gain = 255 / luma_range
    red_gain, blue_gain = 2 * (1 - kr) * 255 / chroma_range, 2 * (1 - kb) * 255 / chroma_range  # of Cr, Cb
    blue_to_green, red_to_green = blue_gain * kb / kg, red_gain * kr / kg
    brightness = _above(luma.astype(np.int32), luma_gain, 16 if video else 0, LUMA_BITS)
    cb, cr = full[..., 0], full[..., 1]
    channels = (
        brightness + _above(cr, red_gain, NEUTRAL),
        brightness - _above(cb, blue_to_green, NEUTRAL) - _above(cr, red_to_green, NEUTRAL),
        brightness + _above(cb, blue_gain, NEUTRAL),
    )
    half = 1 << (FRACTION_BITS - 1)
    rounded = np.stack([(channel + half) >> FRACTION_BITS for channel in channels], axis=-1)
    rgb: Uint8 = np.clip(rounded, 0, 255).astype(np.uint8)
    return rgb


def _above(level: Int32, gain: float, zero: int, bits: int = CHROMA_BITS) -> Int32:
    """Return gain * (level - zero) with FRACTION_BITS, as the difference of two products."""
    weight = round(gain * 2**bits)
    dropped = bits - FRACTION_BITS
    above: Int32 = ((level * weight) >> dropped) - ((zero * weight) >> dropped)
    return above
