"""Pictures as rows of bytes, in every pixel format that the cores read."""

import numpy as np
import numpy.typing as npt

# The number of each format in tests/cpp/pixels.h, and its bytes per pixel. `pack` makes all but the last.
FORMATS = {"rgb": (0, 3), "bgr": (1, 3), "rgba": (2, 4), "bgra": (3, 4), "nv12": (4, 1)}
PACKED = tuple(FORMATS)[:-1]


def pack(
    rgb: npt.NDArray[np.uint8], name: str, padding: int = 0, filler: int = 0xA5
) -> npt.NDArray[np.uint8]:
    """Return rows of bytes [h, w * pixel + padding] that show the picture [h, w, 3] in a format.

    Alpha and padding are filled with a value that must not matter.
    """
    height, width = rgb.shape[:2]
    pixel = FORMATS[name][1]
    pixels = np.full((height, width, pixel), filler, dtype=np.uint8)
    pixels[..., :3] = rgb if name.startswith("rgb") else rgb[..., ::-1]
    rows = np.full((height, width * pixel + padding), filler, dtype=np.uint8)
    rows[:, : width * pixel] = pixels.reshape(height, -1)
    return rows
