"""The description of a model: its facts before the export, and its checked specification after it."""

import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from edgegen.model.int8 import Certificate
from edgegen.model.precision import INT8, Steps

CONTRACTS: Final = ("raw", "end2end", "decoded", "detections")  # of boxes, with extras or without
MULTILABEL: Final = "multilabel"  # of boxes without extras
COLUMNS: Final = ("decoded", MULTILABEL)  # one tensor with a column for each box: its place, then its scores
ONE_TO_MANY: Final = "one-to-many"  # head branch with several boxes for an object, for NMS
ONE_TO_ONE: Final = "one-to-one"  # head branch with one box for an object, without NMS


def branch_of(contract: str) -> str:
    """Return the branch of the head that a contract's outputs come from."""
    return ONE_TO_ONE if contract in {"end2end", "detections"} else ONE_TO_MANY


def needs_nms(contract: str) -> bool:
    """Return whether overlapping boxes of a contract's outputs must be removed by NMS."""
    return contract == "raw" or contract in COLUMNS


LETTERBOX: Final = "letterbox"  # whole picture with a border on two sides; OpenCV's resize
LETTERBOX_TOP_LEFT: Final = "letterbox_top_left"  # the border is at the right or at the bottom, as in YOLOX
CENTRE_CROP: Final = "centre_crop"  # shorter side resized, centre cut out; Pillow's resize
STRETCH: Final = "stretch"  # whole picture, aspect ratio not kept; OpenCV's resize
RESIZES: Final = (LETTERBOX, LETTERBOX_TOP_LEFT, CENTRE_CROP, STRETCH)
WHOLE_PICTURE: Final = 0  # as the shorter side of a centre crop: the picture is stretched to the input
BGR: Final = "bgr"  # of --color: the model takes blue first
COLORS: Final = ("rgb", BGR)
BILINEAR: Final = "bilinear"
INTERPOLATIONS: Final = (BILINEAR, "bicubic")  # of a centre crop; antialiased, as Pillow's


def ultralytics_shorter_side(height: int, width: int) -> int:
    """Return the shorter side before Ultralytics' crop to an input of this size; or WHOLE_PICTURE."""
    return height if height == width else WHOLE_PICTURE


@dataclass(frozen=True)
class InputSpec:
    """The preprocessing from a picture to the input tensor [1, channels, height, width].

    A value is `(byte * scale - mean[c]) / std[c]`. The byte of the letterbox border is `pad_value`.
    The tensor is float32. With `steps` it is int8, rounded to the nearest step.
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
    # Centre crop only: the picture's shorter side after the resize, at least as long as both sides of the
    # input; or WHOLE_PICTURE.
    shorter_side: int = WHOLE_PICTURE
    interpolation: str = BILINEAR
    steps: Steps | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return self.height, self.width

    @property
    def range(self) -> tuple[float, float]:
        """The lowest and highest value of the input tensor."""
        ends = [
            (byte * self.scale - mean) / std
            for byte in (0, 255)
            for mean, std in zip(self.mean, self.std, strict=True)
        ]
        return min(ends), max(ends)

    @property
    def resize_in_words(self) -> str:
        """What happens to a picture, for the README of a project."""
        if self.resize in {LETTERBOX, LETTERBOX_TOP_LEFT}:
            border = " at the right or at the bottom" if self.resize == LETTERBOX_TOP_LEFT else ""
            return f"fit the picture into the model's input, with a border{border}"
        is_cropped = self.resize == CENTRE_CROP and self.shorter_side != WHOLE_PICTURE
        return f"{'resize and crop' if is_cropped else 'stretch'} the picture to the model's input"


ANGLES: Final = ("sigmoid", "logit")  # (sigmoid(value) - 0.25) * pi radians, or the value
# Keypoints' scale and shift, as in Ultralytics' Pose and Pose26: (value * scale + (centre + shift)) * stride.
KEYPOINT_RULES: Final = ((2.0, -0.5), (1.0, 0.0))


@dataclass(frozen=True)
class Extras:
    """The values of a candidate besides box and classes, and their encoding. Empty for tasks without."""

    channels: int = 0  # values of each candidate
    kpt_shape: tuple[int, int] = (0, 0)  # pose: number of keypoints, and of values: x, y, optional score
    keypoint_scale: float = 0  # pose, levels only: one of KEYPOINT_RULES
    keypoint_shift: float = 0
    angle: str = ""  # obb, levels only: one of ANGLES
    # pose: one for each keypoint; empty if unknown. Names do not affect results.
    kpt_names: tuple[str, ...] = field(default=(), compare=False)


NO_EXTRAS: Final = Extras()


@dataclass(frozen=True)
class OutputSpec:
    """The outputs of the `.pte`, by contract.

    `raw`: for each level, by rising stride, boxes [1, 4 * reg_max, H, W] and class logits [1, nc, H, W] of
    the one-to-many branch, for NMS. A box is logits over reg_max bins for each side. With reg_max 1 it is the
    distances left, top, right, bottom in strides, of any sign.
    `end2end`: the same tensors of the one-to-one branch, for top-k without NMS.
    `decoded`: one tensor [1, 4 + nc, N], cx cy w h in input pixels, then scores after the sigmoid.
    `multilabel`: the same tensor, but each class of a box with a score above the confidence is a candidate.
    `detections`: one tensor [1, k, 6], x1 y1 x2 y2 in input pixels, score, class; the model's selection, by
    falling score.
    `logits`, `probabilities`: one tensor [1, nc], before or after the softmax. The logits of a semantic map
    are [1, nc, h, w].
    `depth`: one tensor [1, 1, h, w].

    A task with extras has another tensor for each level, [1, channels, H, W], or `channels` more rows of
    `decoded` or columns of `detections`.
    """

    contract: str
    shapes: tuple[tuple[int, ...], ...]
    reg_max: int = 0  # levels only
    strides: tuple[int, ...] = ()  # levels only: input pixels per cell, rising
    classes: int = 0  # `detections` only, whose shape does not have it
    extras: Extras = NO_EXTRAS
    steps: tuple[Steps | None, ...] = ()  # of each output, None for float32; empty: all are float32

    @property
    def has_levels(self) -> bool:
        """Whether each level has its tensors; otherwise one tensor has all candidates."""
        return self.contract in {"raw", "end2end"}

    @property
    def has_columns(self) -> bool:
        """Whether the contract is one of COLUMNS."""
        return self.contract in COLUMNS

    @property
    def per_level(self) -> int:
        """The number of tensors of a level: boxes, classes and any extras."""
        return 3 if self.extras.channels else 2

    @property
    def level_tensors(self) -> range:
        """The outputs of levels. They may be int8, because apps read few of their values."""
        return range(self.per_level * len(self.strides) if self.has_levels else 0)

    def without_extras(self) -> "OutputSpec":
        """Return the outputs of boxes and classes alone, as in detection."""
        channels = self.extras.channels
        if not channels:
            return self
        if self.has_levels:
            levels = self.shapes[: self.per_level * len(self.strides)]
            shapes = tuple(shape for place, shape in enumerate(levels) if place % 3 != 2)
            return replace(self, shapes=shapes, extras=NO_EXTRAS)
        _, rows, columns = self.shapes[0]
        table = (rows - channels, columns) if self.contract == "decoded" else (rows, columns - channels)
        return replace(self, shapes=((1, *table),), extras=NO_EXTRAS)

    @property
    def needs_nms(self) -> bool:
        """Whether overlapping boxes must be removed by NMS."""
        return needs_nms(self.contract)

    @property
    def candidates(self) -> int:
        """How many boxes there are: cells of all levels, columns of one tensor, or rows of `detections`."""
        if self.has_levels:
            return sum(height * width for _, _, height, width in self.shapes[1 :: self.per_level])
        return self.shapes[0][1 if self.contract == "detections" else 2]


@dataclass(frozen=True)
class Program:
    """A program of a model: the file that a backend runs."""

    file: str  # its name, next to metadata.yaml; "" if not recorded
    backend: str  # "xnnpack"; "" if not recorded
    precision: str  # "float32", "float16" or "int8"
    sha256: str  # of the file; "" if not recorded
    # Of a program after the first: how far its results may differ on a device; {}: the task's tolerances.
    tolerances: Mapping[str, float] = field(default_factory=dict)
    pictures: tuple[str, ...] = ()  # the golden pictures that prove it, by name
    size: int = 0  # of the file, in bytes; 0 if not recorded


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Facts about a model that its source knows before the export, and metadata.yaml has after it."""

    task: str  # "detect"
    class_names: tuple[str, ...]
    input: InputSpec  # before the export: at the size of the training
    library: str = ""  # the package that opens it and is the reference: "ultralytics"; "" if not recorded
    description: str = ""  # a sentence about the model
    license: str = ""  # for the weights; "" if unknown
    given_architecture: str = ""  # the value of --arch: "torchvision:resnet18"
    # The value of --color, if it is not the usual one: "bgr". The model takes blue first; its program takes
    # red first, and swaps.
    given_color: str = ""


@dataclass(frozen=True)
class YoloHead:
    """The layout of a YOLO head."""

    name: str = ""  # its class: "Detect"
    strides: tuple[int, ...] = ()  # input pixels per cell, rising
    reg_max: int = 0  # bins for each side of a box; 1: the distance itself; 0: the head has no boxes
    # ONE_TO_MANY, ONE_TO_ONE or both, the default of `predict` first; empty: the head has no branches.
    branches: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CheckpointFacts(Facts):
    """Facts before the export, which chooses the input size and the contract of the outputs."""

    docs: str  # URL of the library's documentation
    # What is recorded about its training; "" if unknown.
    architecture: str = ""  # "YOLO11n"
    data: str = ""  # name of the data set without folders
    date: str = ""  # of the checkpoint
    library_version: str = ""  # that saved it
    yolo: YoloHead = field(default_factory=YoloHead)  # empty for models without such a head
    # The contracts of the source's module, the default first; empty: those of the task and the head.
    contracts: tuple[str, ...] = ()
    stride: int = 1  # of models without such a head: both sides of the input must be multiples of it
    extras: Extras = NO_EXTRAS  # values of a candidate besides box and classes
    is_fixed_size: bool = False  # the model, or its preprocessing, is for this input size only
    # The preprocessing at single sizes: at others it is the task's default. Empty: `input`'s at all sizes.
    inputs_by_size: tuple[InputSpec, ...] = ()
    engine: str = "PyTorch"  # runs the model as the authority
    # What the source assumed or left out, for the user. Not part of the model.
    notes: tuple[str, ...] = field(default=(), repr=False, compare=False)

    @property
    def largest_stride(self) -> int:
        """The number that both sides of the input must be multiples of."""
        return self.yolo.strides[-1] if self.yolo.strides else self.stride


@dataclass(frozen=True, kw_only=True)
class ModelSpec(Facts):
    """A checked model. All values agree with the `.pte`."""

    pte: Path
    metadata: Path
    name: str  # display name, from the checkpoint or the folder
    output: OutputSpec
    programs: tuple[Program, ...]  # the first one is `pte`
    delegates: tuple[str, ...]  # that the runtime must register for `pte`: ("XnnpackBackend",)
    executorch_version: str  # of the exporter; "" if not recorded
    head: str = ""  # its class: "Detect"; "" if not recorded
    checkpoint_name: str = ""  # the exported file: "yolo11n.pt"; "" if not recorded
    checkpoint_sha256: str = ""
    certificate: Certificate | None = None  # of a quantized model, if its export recorded one

    @property
    def origin_suffix(self) -> str:
        """The suffix of the file that was exported: ".pt", ".onnx"; "" if not recorded."""
        return Path(self.checkpoint_name).suffix.lower()

    @property
    def is_ultralytics(self) -> bool:
        """Whether Ultralytics opened the model, as far as that is recorded."""
        return self.library in {"", "ultralytics"}

    @property
    def precision(self) -> str:
        """The precision of the `.pte`: "float32" or "int8"."""
        return self.programs[0].precision

    @property
    def is_int8(self) -> bool:
        """Whether the `.pte` is int8."""
        return self.precision == INT8

    @property
    def compared_with(self) -> str:
        """The reference of a comparison: an int8 model is compared with itself in Python."""
        return "the int8 model in Python" if self.is_int8 else "PyTorch"

    @property
    def sha256(self) -> str:
        """The digest of the `.pte`."""
        return self.programs[0].sha256

    @property
    def adler32(self) -> int:
        """The checksum of the `.pte`. C++ apps compare it at every start."""
        return zlib.adler32(self.pte.read_bytes())

    @property
    def extra_programs(self) -> tuple[Program, ...]:
        """The programs after the first, for other backends."""
        return self.programs[1:]

    def program_for(self, required_backends: Collection[str]) -> Program:
        """Return the program that an app runs: the first one, or that of a backend which it requires."""
        return next((each for each in self.programs if each.backend in required_backends), self.programs[0])

    def path_of(self, program: Program) -> Path:
        """Return the file of a program after the first."""
        return self.pte.with_name(program.file)

    def with_backends(self, backends: Collection[str]) -> "ModelSpec":
        """Return the model with the first program, and those of the others that are for these backends."""
        first, *others = self.programs
        return replace(self, programs=(first, *(each for each in others if each.backend in backends)))

    @property
    def precision_in_words(self) -> str:
        """The precision, with the measured loss if there is one."""
        return f"{self.precision}, {self.certificate.summary()}" if self.certificate else self.precision

    @property
    def num_classes(self) -> int:
        """The number of classes."""
        return len(self.class_names)
