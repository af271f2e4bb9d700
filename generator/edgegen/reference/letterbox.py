"""From a picture to the model's input tensor.

The rule for sizes and borders is Ultralytics' `LetterBox(auto=False, scaleup=True, center=True)`; the pixels
are those of OpenCV's `resize(INTER_LINEAR)` on 8-bit data, bit for bit: half-pixel centres and 11-bit
fixed-point weights.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edgegen.model.spec import InputSpec

Float32 = npt.NDArray[np.float32]
Int32 = npt.NDArray[np.int32]
Uint8 = npt.NDArray[np.uint8]

WEIGHT_ONE = 2048  # 11-bit fixed point, as in OpenCV (INTER_RESIZE_COEF_SCALE)


@dataclass(frozen=True)
class LetterboxPlan:
    """Where a picture of source size lands in the model's input. All sizes in pixels."""

    source_height: int
    source_width: int
    input_height: int
    input_width: int
    resized_height: int
    resized_width: int
    left: int
    top: int

    @property
    def gain_x(self) -> float:
        """Input pixels per picture pixel along x: of the rounded width, so not quite the ratio itself."""
        return self.resized_width / self.source_width

    @property
    def gain_y(self) -> float:
        """Input pixels per picture pixel along y."""
        return self.resized_height / self.source_height


def plan_letterbox(source_hw: tuple[int, int], input_hw: tuple[int, int]) -> LetterboxPlan:
    """Fit a picture of source_hw into input_hw (both height, width, >= 1), keeping its shape.

    `round` is Python's, half to even; the 0.1 puts the odd pixel of a border to the right and to the bottom.
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
        left=round((input_width - resized_width) / 2 - 0.1),
        top=round((input_height - resized_height) / 2 - 0.1),
    )


def _taps(source: int, target: int) -> tuple[npt.NDArray[np.int64], Float32]:
    """Return, for each of target positions, the lower of its two source positions and the upper one's weight.

    The position may be -1 and the upper neighbour may be `source`: the axes treat these borders differently.
    """
    scale = 1.0 / (target / source)  # not source / target: the last bit matters
    position = ((np.arange(target) + 0.5) * scale - 0.5).astype(np.float32)
    lower = np.floor(position)
    return lower.astype(np.int64), position - lower


def _fixed_point(upper_weight: Float32) -> tuple[Int32, Int32]:
    one = np.float32(1.0)
    scale = np.float32(WEIGHT_ONE)
    lower = np.rint((one - upper_weight) * scale).astype(np.int32)
    return lower, np.rint(upper_weight * scale).astype(np.int32)


def resize_bilinear(image: Uint8, height: int, width: int) -> Uint8:
    """Resize [h, w, c] of uint8 to [height, width, c], equal to cv2.resize(INTER_LINEAR) in every bit."""
    source_height, source_width = image.shape[:2]
    if (source_height, source_width) == (height, width):
        return image.copy()

    x, weight = _taps(source_width, width)
    outside = (x < 0) | (x >= source_width - 1)
    weight[outside] = 0
    x = np.clip(x, 0, source_width - 1)
    left_weight, right_weight = _fixed_point(weight)

    # Rows keep their weights at the border (both taps then read the same row): with the truncating shifts
    # below, two shares of a row are not always the row itself, and OpenCV does it this way.
    y, weight = _taps(source_height, height)
    top_weight, bottom_weight = _fixed_point(weight)
    bottom = np.clip(y + 1, 0, source_height - 1)
    top = np.clip(y, 0, source_height - 1)

    rows, inverse = np.unique(
        np.concatenate([top, bottom]), return_inverse=True
    )  # only the rows that are read
    source = image[rows].astype(np.int32)
    right = np.minimum(x + 1, source_width - 1)
    across = source[:, x] * left_weight[:, None] + source[:, right] * right_weight[:, None]  # 19 bits
    above, below = across[inverse[:height]] >> 4, across[inverse[height:]] >> 4
    above = (above * top_weight[:, None, None]) >> 16
    below = (below * bottom_weight[:, None, None]) >> 16
    resized: Uint8 = ((above + below + 2) >> 2).astype(np.uint8)
    return resized


def letterbox(image: Uint8, input_hw: tuple[int, int], pad_value: int = 114) -> Uint8:
    """Letterbox a picture [h, w, c] into [input height, input width, c], channels in the order given."""
    plan = plan_letterbox((image.shape[0], image.shape[1]), input_hw)
    boxed = np.full((*input_hw, image.shape[2]), pad_value, dtype=np.uint8)
    boxed[
        plan.top : plan.top + plan.resized_height,
        plan.left : plan.left + plan.resized_width,
    ] = resize_bilinear(image, plan.resized_height, plan.resized_width)
    return boxed


def to_tensor(letterboxed: Uint8, spec: InputSpec) -> Float32:
    """Turn letterboxed RGB bytes [H, W, 3] into the values of the input tensor [1, 3, H, W].

    The arithmetic is in double and rounded once: 1/255 as a factor then gives what a division by 255 gives.
    """
    channels = letterboxed if spec.color == "RGB" else letterboxed[..., ::-1]
    values = (channels.astype(np.float64) * spec.scale - np.asarray(spec.mean)) / np.asarray(spec.std)
    tensor = np.ascontiguousarray(values.astype(np.float32).transpose(2, 0, 1)[None])
    return tensor if spec.steps is None else spec.steps.rounded(tensor)
