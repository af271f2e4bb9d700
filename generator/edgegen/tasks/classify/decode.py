"""Preprocess pictures for classification, and decode the output to ranked classes."""

from typing import Final

import numpy as np

from edgegen.base.arrays import Float32, Int64, Uint8
from edgegen.model.spec import WHOLE_PICTURE
from edgegen.reference.letterbox import LetterboxPlan
from edgegen.reference.pillow_resize import resize

ZEROS: Final = (0.0, 0.0, 0.0)
ONES: Final = (1.0, 1.0, 1.0)


def plan_crop(source_hw: tuple[int, int], input_hw: tuple[int, int], shorter: int) -> LetterboxPlan:
    """Return the resize and crop from source_hw to input_hw (height, width), as in torchvision.

    `left` and `top` are negative: parts of the resized picture are cut off.

    The picture's shorter side becomes `shorter`, the longer one int(shorter * long / short), and the centre
    is cut out, rounded half to even. WHOLE_PICTURE: it is stretched to the input.

    Raises:
        ValueError: `shorter` is less than the input's side.
    """
    height, width = input_hw
    if shorter == WHOLE_PICTURE:
        return LetterboxPlan(*source_hw, *input_hw, *input_hw, left=0, top=0)
    if shorter < max(input_hw):
        raise ValueError(f"the shorter side is {shorter}, less than the input of {height}x{width}")
    source_height, source_width = source_hw
    longer = int(shorter * max(source_hw) / min(source_hw))
    tall, wide = (longer, shorter) if source_width <= source_height else (shorter, longer)
    left, top = -round((wide - width) / 2), -round((tall - height) / 2)
    return LetterboxPlan(*source_hw, *input_hw, tall, wide, left, top)


def crop(image: Uint8, plan: LetterboxPlan, filter_name: str = "bilinear") -> Uint8:
    """Return the input's bytes [height, width, 3] of a picture [h, w, 3], bit-exact with Pillow."""
    rows = range(-plan.top, plan.input_height - plan.top)
    columns = range(-plan.left, plan.input_width - plan.left)
    return resize(image, plan.resized_height, plan.resized_width, filter_name, rows=rows, columns=columns)


def to_tensor(
    cropped: Uint8, mean: tuple[float, ...] = ZEROS, std: tuple[float, ...] = ONES, scale: float = 1 / 255
) -> Float32:
    """Turn bytes [H, W, 3] into the input tensor [1, 3, H, W]: (byte * scale - mean) / std.

    Each step is rounded to float32, as in torchvision's ToTensor and Normalize. With a mean other than 0 the
    last bit differs from `reference.to_tensor`, which rounds once.
    """
    values = (np.arange(256) * scale).astype(np.float32)[:, None]  # 1/255 gives the same as a division by 255
    table = (values - np.asarray(mean, dtype=np.float32)) / np.asarray(std, dtype=np.float32)  # [256, 3]
    tensor = table[cropped, np.arange(3)].transpose(2, 0, 1)[None]
    return np.ascontiguousarray(tensor, dtype=np.float32)


def softmax(logits: Float32) -> Float32:
    """Return probabilities [nc] of logits [nc], in float32; all NaN where a logit is NaN or infinite."""
    with np.errstate(invalid="ignore", over="ignore"):
        powers = np.exp(logits - logits.max())
        return np.asarray(powers / powers.sum(dtype=np.float32), dtype=np.float32)


def decode(output: Float32, contract: str) -> Float32:
    """Return probabilities [nc] of one tensor [1, nc]: `logits`, or `probabilities` already.

    NaN becomes 0.
    """
    scores = softmax(output[0]) if contract == "logits" else output[0]
    return np.where(np.isnan(scores), np.float32(0), scores).astype(np.float32)


def best_first(scores: Float32, keep_classes: Int64 | None = None) -> Int64:
    """Return all classes, or those of keep_classes, by falling score, then by rising class."""
    order = np.argsort(-scores, kind="stable")
    return order if keep_classes is None else order[np.isin(order, keep_classes)]
