"""The interface of a runtime: the seam of docs/seams.md."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from edgegen.base.arrays import Float32
from edgegen.base.progress import Progress
from edgegen.runtimes.backend import Backend

Forward = Callable[[Float32], Sequence[Float32]]  # the input tensor [1, 3, H, W] -> the outputs
Shapes = tuple[tuple[int, ...], ...]
# From the number of outputs: the lowest and highest relevant value of some of them, by index.
Bounds = Callable[[int], Mapping[int, tuple[float, float]]]


class Quantizer(Protocol):
    """Quantizes a traced module. Call `observe` first."""

    layers: tuple[str, ...]  # the layers that can be int8, in execution order
    float_layers: tuple[str, ...]  # the layers that the runtime has in float32 only
    output_ranges: tuple[tuple[float, float], ...]  # (least, greatest) of outputs in int8

    def observe(
        self,
        tensors: Callable[[], Iterator[Float32]],
        bounds: Bounds,
        progress: Progress,
        input_range: tuple[float, float] | None = None,
    ) -> None:
        """Observe the ranges of values on input tensors. input_range: (least, greatest) of any input."""

    def lower(
        self, keep_float: Collection[str], progress: Progress, int8_outputs: Collection[int] | None = None
    ) -> tuple[bytes, Shapes]:
        """Return the program, with the layers of keep_float in float32, and the shapes of its outputs.

        int8_outputs: indices of the outputs that may be int8; with them the input may be int8 too. None:
        input and outputs are float32.
        """

    def costs(self, pictures: int, progress: Progress) -> Mapping[str, float]:
        """Return by layer the change of the outputs, over some pictures, if only that layer is quantized."""


class Runtime(Protocol):
    """Lowers models to its program format, and runs programs in Python for comparison."""

    name: str

    def lower(
        self, module: Any, input_hw: tuple[int, int], backend: Backend, progress: Progress
    ) -> tuple[bytes, Shapes]:
        """Return the program of a module that takes [1, 3, H, W], and the shapes of its outputs."""

    def quantizer(
        self, module: Any, input_hw: tuple[int, int], backend: Backend, progress: Progress
    ) -> Quantizer:
        """Return the int8 quantizer of a module that takes [1, 3, H, W]."""

    def load(self, program: Path, /) -> Forward:
        """Load a program; InputError if it is damaged or needs a missing backend."""

    def runs(self, backend: Backend) -> bool:
        """Return whether `load` can load the backend's programs on this machine."""
