"""Letterbox a picture into the model's input tensor.

Sizes and borders are those of Ultralytics' `LetterBox(auto=False, scaleup=True, center=True)`. Pixels equal
OpenCV's `resize(INTER_LINEAR)` of 8-bit data bit for bit: half-pixel centres and 11-bit fixed-point weights.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from edgegen.base.arrays import Float32, Int32, Int64, Uint8
from edgegen.model.spec import InputSpec

# Fixed point as in OpenCV: weights have 11 bits. A product of two loses 4, 16 and 2 bits.
WEIGHT_ONE = 2048
DROP_AFTER_COLUMNS = 4
DROP_AFTER_ROWS = 16
DROP_AT_END = 2
HALF_AT_END = 1 << (DROP_AT_END - 1)

ODD_PIXEL_BIAS = 0.1  # an odd pixel of the border goes to the right and to the bottom


@dataclass(frozen=True)
class LetterboxPlan:
    """The placement of a picture in the model's input. All sizes are in pixels."""

    source_height: int
    source_width: int
    input_height: int
    input_width: int
    resized_height: int
    resized_width: int
    left: int
    top: int
    ratio: float | None = None  # both gains; None: those of the rounded sizes

    @property
    def gain_x(self) -> float:
        """Input pixels per picture pixel along x."""
        return self.ratio or self.resized_width / self.source_width

    @property
    def gain_y(self) -> float:
        """Input pixels per picture pixel along y."""
        return self.ratio or self.resized_height / self.source_height


def plan_letterbox(source_hw: tuple[int, int], input_hw: tuple[int, int]) -> LetterboxPlan:
    """Fit a picture of source_hw into input_hw (height, width, >= 1) and keep its aspect ratio.

    `round` is Python's: half to even.
    """
    (source_height, source_width), (input_height, input_width) = source_hw, input_hw
    ratio = min(input_height / source_height, input_width / source_width)
    resized_width = max(round(source_width * ratio), 1)
    resized_height = max(round(source_height * ratio), 1)
    return LetterboxPlan(
        source_height=source_height,
        source_width=source_width,
        input_height=input_height,
        input_width=input_width,
        resized_height=resized_height,
        resized_width=resized_width,
        left=round((input_width - resized_width) / 2 - ODD_PIXEL_BIAS),
        top=round((input_height - resized_height) / 2 - ODD_PIXEL_BIAS),
    )


def plan_letterbox_top_left(source_hw: tuple[int, int], input_hw: tuple[int, int]) -> LetterboxPlan:
    """Return the same at the top left, as in YOLOX's `preproc`: sizes are cut, the gain is not rounded."""
    (source_height, source_width), (input_height, input_width) = source_hw, input_hw
    ratio = min(input_height / source_height, input_width / source_width)
    resized_hw = max(int(source_height * ratio), 1), max(int(source_width * ratio), 1)
    return LetterboxPlan(*source_hw, *input_hw, *resized_hw, left=0, top=0, ratio=ratio)


class _Taps(NamedTuple):
    """The two source positions around each target position, and their weights."""

    first: Int64
    second: Int64
    first_weight: Int32
    second_weight: Int32


def _fixed_point(weight: Float32) -> Int32:
    fixed: Int32 = np.rint(weight * np.float32(WEIGHT_ONE)).astype(np.int32)
    return fixed


def _make_taps(source: int, target: int) -> _Taps:
    """Return the taps of `target` positions between `source` ones. At the border, both are the same pixel.

    OpenCV gives a column at the border the weights 1 and 0. The sum of the two weights is 1, too, for every
    input of less than 5463 pixels.
    """
    scale = 1.0 / (target / source)  # not source / target: the last bit matters
    position = ((np.arange(target) + 0.5) * scale - 0.5).astype(np.float32)
    floor = np.floor(position)
    lower, share = floor.astype(np.int64), position - floor
    return _Taps(
        first=np.clip(lower, 0, source - 1),
        second=np.clip(lower + 1, 0, source - 1),
        first_weight=_fixed_point(np.float32(1) - share),
        second_weight=_fixed_point(share),
    )


def resize_bilinear(image: Uint8, height: int, width: int) -> Uint8:
    """Resize [h, w, c] of uint8 to [height, width, c], equal to cv2.resize(INTER_LINEAR) in every bit."""
    columns, rows = _make_taps(image.shape[1], width), _make_taps(image.shape[0], height)
    needed, inverse = np.unique(np.concatenate([rows.first, rows.second]), return_inverse=True)
    source = image[needed].astype(np.int32)
    left = source[:, columns.first] * columns.first_weight[:, None]
    right = source[:, columns.second] * columns.second_weight[:, None]
    lines = (left + right) >> DROP_AFTER_COLUMNS
    above = (lines[inverse[:height]] * rows.first_weight[:, None, None]) >> DROP_AFTER_ROWS
    below = (lines[inverse[height:]] * rows.second_weight[:, None, None]) >> DROP_AFTER_ROWS
    resized: Uint8 = ((above + below + HALF_AT_END) >> DROP_AT_END).astype(np.uint8)
    return resized


def letterbox(
    image: Uint8, input_hw: tuple[int, int], pad_value: int = 114, plan: LetterboxPlan | None = None
) -> Uint8:
    """Letterbox a picture [h, w, c] into [input height, input width, c], channels in the order given.

    plan: default is that of `plan_letterbox`.
    """
    plan = plan or plan_letterbox((image.shape[0], image.shape[1]), input_hw)
    boxed = np.full((*input_hw, image.shape[2]), pad_value, dtype=np.uint8)
    boxed[plan.top : plan.top + plan.resized_height, plan.left : plan.left + plan.resized_width] = (
        resize_bilinear(image, plan.resized_height, plan.resized_width)
    )
    return boxed


def points_to_picture(points: Float32, plan: LetterboxPlan) -> Float32:
    """Map points [..., 2], x y, from input to picture pixels, clipped to the picture. NaN stays."""
    shift = np.array([plan.left, plan.top], dtype=np.float32)
    gain = np.array([plan.gain_x, plan.gain_y], dtype=np.float32)
    limit = np.array([plan.source_width, plan.source_height], dtype=np.float32)
    clipped: Float32 = np.clip((points - shift) / gain, np.float32(0), limit)
    return clipped


def to_tensor(letterboxed: Uint8, spec: InputSpec) -> Float32:
    """Convert letterboxed RGB bytes [H, W, 3] to the input tensor [1, 3, H, W].

    The arithmetic is in double and rounded once, so a factor of 1/255 equals a division by 255.
    """
    channels = letterboxed if spec.color == "RGB" else letterboxed[..., ::-1]
    values = (channels.astype(np.float64) * spec.scale - np.asarray(spec.mean)) / np.asarray(spec.std)
    tensor = np.ascontiguousarray(values.astype(np.float32).transpose(2, 0, 1)[None])
    return tensor if spec.steps is None else spec.steps.rounded(tensor)
