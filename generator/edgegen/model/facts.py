"""Facts about a model, as its source reads them before the export."""

from dataclasses import dataclass, field

from edgegen.model.spec import BILINEAR, CENTRE_CROP, NO_EXTRAS, Extras


@dataclass(frozen=True)
class Preprocessing:
    """The preprocessing that a model records. Fields without a comment are those of `InputSpec`."""

    size: tuple[int, int]  # height, width
    mean: tuple[float, ...]  # by channel, of the scaled values
    std: tuple[float, ...]
    shorter_side: int
    interpolation: str = BILINEAR
    is_bgr: bool = False  # of classifiers: the model takes blue first; its program takes red first, and swaps
    resize: str = CENTRE_CROP
    color: str = "RGB"
    scale: float = 1 / 255
    is_for_any_size: bool = False  # else it applies to inputs of `size` only


@dataclass(frozen=True)
class YoloHead:
    """The layout of a YOLO head."""

    name: str = ""  # its class: "Detect"
    strides: tuple[int, ...] = ()  # input pixels per cell, rising
    reg_max: int = 0  # bins for each side of a box; 1: the distance itself; 0: the head has no boxes
    # ONE_TO_MANY, ONE_TO_ONE or both, the default of `predict` first; empty: the head has no branches.
    branches: tuple[str, ...] = ()


@dataclass(frozen=True)
class Facts:
    """Facts about a model before its export."""

    task: str  # "detect"
    class_names: tuple[str, ...]
    imgsz: tuple[int, int]  # height, width used in training
    library: str  # the package that opens it and is the reference: "ultralytics"
    description: str  # a sentence about the model
    docs: str  # URL of the library's documentation
    # What is recorded about its training; "" if unknown.
    architecture: str = ""  # "YOLO11n"
    data: str = ""  # name of the data set without folders
    date: str = ""  # of the checkpoint
    library_version: str = ""  # that saved it
    license: str = ""  # for the weights
    yolo: YoloHead = field(default_factory=YoloHead)  # empty for models without such a head
    # The contracts of the source's module, the default first; empty: those of the task and the head.
    contracts: tuple[str, ...] = ()
    stride: int = 1  # of models without such a head: both sides of the input must be multiples of it
    extras: Extras = NO_EXTRAS  # values of a candidate besides box and classes
    preprocessing: Preprocessing | None = None
    given_architecture: str = ""  # the value of --arch: "torchvision:resnet18"
    is_fixed_size: bool = False  # the model, or its preprocessing, is for this input size only
    engine: str = "PyTorch"  # runs the model as the authority
    # What the source assumed or left out, for the user. Not part of the model.
    notes: tuple[str, ...] = field(default=(), repr=False, compare=False)

    @property
    def largest_stride(self) -> int:
        """The number that both sides of the input must be multiples of."""
        return self.yolo.strides[-1] if self.yolo.strides else self.stride
