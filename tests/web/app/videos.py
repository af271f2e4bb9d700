"""Raw videos for Chromium's camera, whose pixels it does not change."""

from pathlib import Path
from typing import Final

import cv2
import numpy as np

from tests.helpers.places import TINY

WIDTH: Final = 320
HEIGHT: Final = 240
_FRAMES: Final = 4
_RATE: Final = 30  # frames per second


def write_y4m(path: Path) -> Path:
    """Write a video of the tiny model's landscape."""
    picture = cv2.imread(str(TINY.with_name("landscape.png")))
    yuv = cv2.cvtColor(
        cv2.resize(picture, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2YUV_I420
    )
    frame = b"FRAME\n" + np.ascontiguousarray(yuv).tobytes()
    header = f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{_RATE}:1 Ip A1:1 C420jpeg\n"
    path.write_bytes(header.encode() + frame * _FRAMES)
    return path
