"""What a source says of the model that it opened."""

from dataclasses import dataclass

from edgegen.model.spec import NO_EXTRAS, Extras


@dataclass(frozen=True)
class Facts:
    """What is known of a model before it is exported."""

    task: str  # "detect"
    class_names: tuple[str, ...]
    imgsz: tuple[int, int]  # height, width that it was trained with
    strides: tuple[int, ...]  # input pixels per cell, rising
    reg_max: int  # bins for each side of a box; 1: the distance itself
    head: str  # the class of the head: "Detect"
    branches: tuple[str, ...]  # ONE_TO_MANY, ONE_TO_ONE or both: the first is what `predict` uses by default
    architecture: str  # "YOLO11n", or ""
    data: str  # the data set's name, without folders, or ""
    date: str  # when the checkpoint was saved, or ""
    library: str  # the package that opens it and says what is right: "ultralytics"
    library_version: str  # that saved it, or ""
    license: str  # of the weights, as recorded, or ""
    description: str  # of the model, in a sentence
    docs: str  # where its library is described
    extras: Extras = NO_EXTRAS  # of levels: what the head gives beside boxes and classes

    @property
    def largest_stride(self) -> int:
        """What both sides of the input must be multiples of."""
        return self.strides[-1]
