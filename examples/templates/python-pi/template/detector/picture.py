"""Letterbox: resize a picture to the model's input, with a border on two sides."""

from dataclasses import dataclass

import cv2
import numpy as np

from detector import model_info


@dataclass(frozen=True)
class Letterbox:
    """The place of the picture in the input, in pixels."""

    width: int  # of the picture
    height: int
    resized_width: int
    resized_height: int
    left: int
    top: int


def letterbox(rgb: np.ndarray) -> tuple[np.ndarray, Letterbox]:
    """Return the input's bytes [height, width, 3], and the place of the picture [h, w, 3] in them."""
    height, width = rgb.shape[:2]
    ratio = min(model_info.INPUT_HEIGHT / height, model_info.INPUT_WIDTH / width)
    resized_width, resized_height = max(round(width * ratio), 1), max(round(height * ratio), 1)
    left = round((model_info.INPUT_WIDTH - resized_width) / 2 - 0.1)
    top = round((model_info.INPUT_HEIGHT - resized_height) / 2 - 0.1)
    if (resized_width, resized_height) != (width, height):
        rgb = cv2.resize(rgb, (resized_width, resized_height), interpolation=cv2.INTER_LINEAR)
    shape = (model_info.INPUT_HEIGHT, model_info.INPUT_WIDTH, 3)
    boxed = np.full(shape, model_info.PAD_VALUE, dtype=np.uint8)
    boxed[top : top + resized_height, left : left + resized_width] = rgb
    return boxed, Letterbox(width, height, resized_width, resized_height, left, top)


def tensor(boxed: np.ndarray) -> np.ndarray:
    """Return the model's input [1, 3, height, width] for letterboxed bytes."""
    scaled = boxed.astype(np.float32) * np.float32(model_info.SCALE)
    scaled = (scaled - np.float32(model_info.MEAN)) / np.float32(model_info.STD)
    return np.ascontiguousarray(scaled.transpose(2, 0, 1)[None])


def to_picture(boxes: np.ndarray, where: Letterbox) -> np.ndarray:
    """Map corners [n, 4] from input pixels to picture pixels, clipped to the picture."""
    moved = boxes - np.float32([where.left, where.top] * 2)
    # The sizes are rounded, so the gains differ slightly along x and y.
    gains = np.float32([where.resized_width / where.width, where.resized_height / where.height] * 2)
    return np.clip(moved / gains, 0, np.float32([where.width, where.height] * 2))
