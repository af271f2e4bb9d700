"""What a runtime answers: the seam of docs/seams.md."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from edgegen.base.progress import Progress

Float32 = npt.NDArray[np.float32]
Forward = Callable[[Float32], Sequence[Float32]]  # the input tensor [1, 3, H, W] -> the outputs


class Runtime(Protocol):
    """What runs a model on a device, and in Python to be compared with."""

    name: str
    backends: tuple[str, ...]  # what an app's runtime must have registered
    precisions: tuple[str, ...]  # in which it takes a model

    def lower(
        self, module: Any, input_hw: tuple[int, int], progress: Progress
    ) -> tuple[bytes, tuple[tuple[int, ...], ...]]:
        """Return the program of a module that takes [1, 3, H, W], and the shapes of its outputs."""

    def load(self, program: Path) -> Forward:
        """Return what runs a program; InputError where it is damaged or needs what is not here."""
