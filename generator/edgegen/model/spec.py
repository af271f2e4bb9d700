"""What every part needs to know of a model: `metadata.yaml` and the `.pte`'s own signature, checked."""

import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from edgegen.model.int8 import Certificate
from edgegen.model.steps import Steps

CONTRACTS: Final = ("raw", "end2end", "decoded", "detections")
ONE_TO_MANY: Final = "one-to-many"  # branches of a head: several boxes for an object, for NMS
ONE_TO_ONE: Final = "one-to-one"  # and one box for each, without NMS


def branch_of(contract: str) -> str:
    """Return which branch of a head a contract's outputs come from."""
    return ONE_TO_ONE if contract in {"end2end", "detections"} else ONE_TO_MANY


LETTERBOX: Final = "letterbox"  # the whole picture, with a border on two sides: OpenCV's resize
CENTRE_CROP: Final = "centre_crop"  # the shorter side made to fit, the middle cut out: Pillow's resize
STRETCH: Final = "stretch"  # the whole picture, whatever its shape: OpenCV's resize
RESIZES: Final = (LETTERBOX, CENTRE_CROP, STRETCH)


@dataclass(frozen=True)
class InputSpec:
    """How a picture becomes the input tensor [1, channels, height, width].

    A value is `(byte * scale - mean[c]) / std[c]`; outside the letterboxed picture the byte is `pad_value`.
    The tensor is float32, or int8 with `steps`: then a value is the nearest one that they have.
    """

    height: int
    width: int
    channels: int = 3
    color: str = "RGB"
    scale: float = 1 / 255
    mean: tuple[float, ...] = (0.0, 0.0, 0.0)
    std: tuple[float, ...] = (1.0, 1.0, 1.0)
    resize: str = LETTERBOX  # one of RESIZES
    pad_value: int = 114
    steps: Steps | None = None

    @property
    def range(self) -> tuple[float, float]:
        """The least and the greatest value that a byte can become."""
        ends = [
            (byte * self.scale - mean) / std
            for byte in (0, 255)
            for mean, std in zip(self.mean, self.std, strict=True)
        ]
        return min(ends), max(ends)


ANGLES: Final = ("sigmoid", "logit")  # (sigmoid(value) - 0.25) * pi radians, or the value


@dataclass(frozen=True)
class Extras:
    """What a candidate has beside its box and classes, and how it is read; empty where a task has none."""

    channels: int = 0  # numbers of each candidate
    kpt_shape: tuple[int, int] = (0, 0)  # pose: keypoints, and values of each: x, y and, of three, a score
    keypoint_scale: float = 0  # pose, of levels only: (value * scale + (centre + shift)) * stride
    keypoint_shift: float = 0
    angle: str = ""  # obb, of levels only: one of ANGLES
    # pose: one for each keypoint, or empty: not known. What a keypoint is called changes no number.
    kpt_names: tuple[str, ...] = field(default=(), compare=False)


NO_EXTRAS: Final = Extras()


@dataclass(frozen=True)
class OutputSpec:
    """What the `.pte` returns.

    contract `raw`: per level, by rising stride, boxes [1, 4 * reg_max, H, W] and class logits [1, nc, H, W]
    of the one-to-many branch, for NMS. A box is logits over reg_max bins a side; with reg_max 1 it is the
    distances left, top, right, bottom themselves, in strides, of any sign.
    contract `end2end`: the same tensors of the one-to-one branch: the best ones are shown, without NMS.
    contract `decoded`: one tensor [1, 4 + nc, N], cx cy w h in input pixels, then scores after the sigmoid.
    contract `detections`: one tensor [1, k, 6], x1 y1 x2 y2 in input pixels, score and class, by falling
    score: the model has chosen already.
    contract `logits`, `probabilities`: one tensor [1, nc], before or after the softmax; of a class map
    `logits` are [1, nc, h, w].
    contract `depth`: one tensor [1, 1, h, w].

    A task with extras has one more tensor for each level, [1, channels, H, W], or as many more rows of
    `decoded` and columns of `detections`.
    """

    contract: str
    shapes: tuple[tuple[int, ...], ...]
    reg_max: int = 0  # of levels only
    strides: tuple[int, ...] = ()  # of levels only: input pixels per cell, rising
    classes: int = 0  # of detections only, whose shape does not tell
    extras: Extras = NO_EXTRAS
    steps: tuple[Steps | None, ...] = ()  # of each output, None where it is float32; empty: all of them are

    @property
    def has_levels(self) -> bool:
        """Whether there are tensors for each level; otherwise there is one tensor for all."""
        return self.contract in {"raw", "end2end"}

    @property
    def per_level(self) -> int:
        """How many tensors each level has: boxes, classes, and extras where there are any."""
        return 3 if self.extras.channels else 2

    @property
    def level_tensors(self) -> range:
        """Which outputs belong to levels: of what they hold little is looked at, so that they may be int8."""
        return range(self.per_level * len(self.strides) if self.has_levels else 0)

    @property
    def needs_nms(self) -> bool:
        """Whether overlapping boxes are still to be thinned out."""
        return self.contract in {"raw", "decoded"}

    @property
    def candidates(self) -> int:
        """How many boxes the model gives: the cells of all levels, or the rows of `detections`."""
        if self.has_levels:
            return sum(height * width for _, _, height, width in self.shapes[1 :: self.per_level])
        return self.shapes[0][1 if self.contract == "detections" else 2]


@dataclass(frozen=True)
class ModelSpec:
    """A checked model: nothing in here contradicts the `.pte` that it came from."""

    pte: Path
    metadata: Path
    name: str  # a readable name, from the checkpoint or the folder
    task: str  # "detect"
    class_names: tuple[str, ...]
    input: InputSpec
    output: OutputSpec
    precision: str  # "float32" or "int8"
    backends: tuple[str, ...]  # what the runtime must have registered: ("XnnpackBackend",)
    executorch_version: str  # of the exporter; "" when the metadata does not say
    sha256: str  # of the .pte
    license: str = ""
    description: str = ""
    certificate: Certificate | None = None  # of a quantized model, where its export made one

    @property
    def adler32(self) -> int:
        """The checksum of the `.pte`, which C++ apps compare at every start."""
        return zlib.adler32(self.pte.read_bytes())

    @property
    def precision_in_words(self) -> str:
        """The precision, and what it costs where that was measured."""
        return f"{self.precision}, {self.certificate.summary()}" if self.certificate else self.precision

    @property
    def num_classes(self) -> int:
        """How many classes the model tells apart."""
        return len(self.class_names)
