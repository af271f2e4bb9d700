"""What the comparisons with Pillow share."""

from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import __version__

Uint8 = npt.NDArray[np.uint8]


ACROSS_FIRST: Final = int(__version__.split(".")[0]) < 13  # always, and not just mostly


def picture(random: np.random.Generator, height: int, width: int) -> Uint8:
    """Return noise, or noise of black and white, where a bicubic filter goes beyond both."""
    noise = random.integers(0, 256, (height, width, 3), dtype=np.uint8)
    return noise if random.integers(2) else np.where(noise > 127, 255, 0).astype(np.uint8)
