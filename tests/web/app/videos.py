"""Raw videos for Chromium's camera, whose pixels it does not change."""

from pathlib import Path
from typing import Final

import cv2
import numpy as np

from tests.helpers.places import TINY

WIDTH: Final = 320
HEIGHT: Final = 240
_FRAMES: Final = 4
_SHIFT: Final = 8  # pixels from a frame to the next one
_RATE: Final = 30  # frames per second


def write_y4m(path: Path, *, moves: bool = False) -> Path:
    """Write a video of the tiny model's landscape. moves: every frame is another one."""
    picture = cv2.imread(str(TINY.with_name("landscape.png")))
    first = cv2.resize(picture, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    video = f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{_RATE}:1 Ip A1:1 C420jpeg\n".encode()
    for number in range(WIDTH // _SHIFT if moves else _FRAMES):
        frame = np.roll(first, _SHIFT * number, axis=1) if moves else first
        yuv = cv2.cvtColor(frame, cv2.COLOR_BGR2YUV_I420)
        video += b"FRAME\n" + np.ascontiguousarray(yuv).tobytes()
    path.write_bytes(video)
    return path
