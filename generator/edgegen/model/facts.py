"""What a source says of the model that it opened."""

from dataclasses import dataclass

from edgegen.model.spec import NO_EXTRAS, Extras


@dataclass(frozen=True)
class Normalization:
    """What a checkpoint says of its input's values, which counts for inputs of this size alone."""

    size: tuple[int, int]  # height, width
    mean: tuple[float, ...]  # by channel, after bytes have become 0 to 1
    std: tuple[float, ...]


@dataclass(frozen=True)
class Facts:
    """What is known of a model before it is exported."""

    task: str  # "detect"
    class_names: tuple[str, ...]
    imgsz: tuple[int, int]  # height, width that it was trained with
    strides: tuple[int, ...]  # input pixels per cell, rising
    reg_max: int  # bins for each side of a box; 1: the distance itself; 0: the head gives no boxes
    head: str  # the class of the head: "Detect"
    # ONE_TO_MANY, ONE_TO_ONE or both: the first is what `predict` uses by default. None: the head is whole.
    branches: tuple[str, ...]
    architecture: str  # "YOLO11n", or ""
    data: str  # the data set's name, without folders, or ""
    date: str  # when the checkpoint was saved, or ""
    library: str  # the package that opens it and says what is right: "ultralytics"
    library_version: str  # that saved it, or ""
    license: str  # of the weights, as recorded, or ""
    description: str  # of the model, in a sentence
    docs: str  # where its library is described
    extras: Extras = NO_EXTRAS  # of levels: what the head gives beside boxes and classes
    normalization: Normalization | None = None

    @property
    def largest_stride(self) -> int:
        """What both sides of the input must be multiples of."""
        return self.strides[-1]
