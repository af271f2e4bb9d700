"""What a runtime answers: the seam of docs/seams.md."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from edgegen.base.progress import Progress

Float32 = npt.NDArray[np.float32]
Forward = Callable[[Float32], Sequence[Float32]]  # the input tensor [1, 3, H, W] -> the outputs
Shapes = tuple[tuple[int, ...], ...]
# How many outputs there are -> the lowest and the highest value that matters of some, by their place.
Bounds = Callable[[int], Mapping[int, tuple[float, float]]]


class Quantizer(Protocol):
    """A module that is shown pictures, and lowered to a quantized program then."""

    layers: tuple[str, ...]  # what becomes int8 unless it is to stay float32, in the order in which it runs
    float_layers: tuple[str, ...]  # what the runtime has in float32 only
    output_ranges: tuple[tuple[float, float], ...]  # least and greatest, of outputs in int8

    def watch(
        self,
        tensors: Callable[[], Iterator[Float32]],
        bounds: Bounds,
        progress: Progress,
        given: tuple[float, float] | None = None,
    ) -> None:
        """Show the module input tensors, before anything else; given: between what all inputs lie."""

    def lower(
        self, keep_float: Collection[str], progress: Progress, borders: Collection[int] | None = None
    ) -> tuple[bytes, Shapes]:
        """Return the program, in which some layers are float32, and the shapes of its outputs.

        borders: which outputs may be int8 themselves, and then the input, too; None: all is float32 there.
        """

    def costs(self, pictures: int, progress: Progress) -> Mapping[str, float]:
        """Return how much the outputs move, on that many pictures, for each layer that alone is quantized."""


class Runtime(Protocol):
    """What runs a model on a device, and in Python to be compared with."""

    name: str
    backends: tuple[str, ...]  # what an app's runtime must have registered
    precisions: tuple[str, ...]  # in which it takes a model

    def lower(self, module: Any, input_hw: tuple[int, int], progress: Progress) -> tuple[bytes, Shapes]:
        """Return the program of a module that takes [1, 3, H, W], and the shapes of its outputs."""

    def quantizer(self, module: Any, input_hw: tuple[int, int], progress: Progress) -> Quantizer:
        """Return what lowers a module that takes [1, 3, H, W] to int8."""

    def load(self, program: Path) -> Forward:
        """Return what runs a program; InputError where it is damaged or needs what is not here."""
