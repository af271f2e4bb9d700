"""The browser's simulated camera, and a video for it."""

from pathlib import Path
from typing import Final

import numpy as np

from edgegen.base.arrays import Uint8

# BT.601 with the range of video: Y, Cb, Cr from red, green, blue of 0 to 255.
_YUV: Final = (
    np.array([[65.481, 128.553, 24.966], [-37.797, -74.203, 112.0], [112.0, -93.786, -18.214]]) / 255
)
_OFFSET: Final = np.array([16.0, 128.0, 128.0])
_FRAMES: Final = 4  # the browser repeats them
_OPTIONS: Final = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")


def chromium_options(video: Path | None = None) -> list[str]:
    """Return Chromium's options for a camera that shows a video; None: Chromium's own test picture."""
    return [*_OPTIONS, *([f"--use-file-for-fake-video-capture={video}"] if video else [])]


def write_y4m(path: Path, rgb: Uint8, rate: int = 15) -> None:
    """Write a video that shows one picture [h, w, 3], in frames per second. Its size becomes even."""
    height, width = (max(side // 2 * 2, 2) for side in rgb.shape[:2])
    pixels = np.resize(rgb, (height, width, 3)) if min(rgb.shape[:2]) < 2 else rgb[:height, :width]
    yuv = pixels.astype(np.float64) @ _YUV.T + _OFFSET
    small = yuv.reshape(height // 2, 2, width // 2, 2, 3).mean(axis=(1, 3))
    planes = (yuv[..., 0], small[..., 1], small[..., 2])
    frame = b"FRAME\n" + b"".join(np.rint(each).clip(0, 255).astype(np.uint8).tobytes() for each in planes)
    path.write_bytes(f"YUV4MPEG2 W{width} H{height} F{rate}:1 Ip C420jpeg\n".encode() + frame * _FRAMES)
