"""The compiled core's letterbox, which ctypes calls through harness.cpp."""

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from edgegen.model.precision import Steps
from edgegen.model.spec import LETTERBOX, LETTERBOX_TOP_LEFT, STRETCH
from edgegen.reference import LetterboxPlan
from tests.helpers.pixel_formats import FORMATS

RESIZES: Final = (LETTERBOX, LETTERBOX_TOP_LEFT, STRETCH)  # in the order of kPlans in harness.cpp


def pointer(array: npt.NDArray) -> ctypes.c_void_p:
    """Return the address of an array's data."""
    return ctypes.c_void_p(array.ctypes.data)


def plan_of(sizes: ctypes.Array, gains: ctypes.Array, resize: str) -> LetterboxPlan:
    """Return a plan of the core as the reference's type."""
    plan = LetterboxPlan(*sizes, ratio=gains[0] if resize == LETTERBOX_TOP_LEFT else None)
    assert (plan.gain_x, plan.gain_y) == tuple(gains)
    return plan


@dataclass(frozen=True)
class Stored:
    """The orientation and chroma of a picture."""

    orientation: int = 1  # EXIF's number
    chroma: npt.NDArray[np.uint8] | None = None  # rows of bytes
    encoding: int = 0  # the number of a vision::YCbCr


UPRIGHT = Stored()


class Letterbox:
    """vision::Letterbox."""

    def __init__(
        self,
        library: ctypes.CDLL,
        input_hw: tuple[int, int],
        *,
        scale: float = 1 / 255,
        mean: Sequence[float] = (0, 0, 0),
        std: Sequence[float] = (1, 1, 1),
        pad_value: int = 114,
        rgb: bool = True,
        steps: Steps | None = None,
        resize: str = LETTERBOX,
    ):
        self._library = library
        self._input_hw = input_hw
        self._resize = resize
        self._handle = ctypes.c_void_p(
            library.core_letterbox_new(
                input_hw[1],
                input_hw[0],
                ctypes.c_double(scale),
                (ctypes.c_double * 3)(*mean),
                (ctypes.c_double * 3)(*std),
                pad_value,
                int(rgb),
                ctypes.c_float(steps.scale if steps else 0),
                steps.zero_point if steps else 0,
                RESIZES.index(resize),
            )
        )
        if not self._handle:
            raise ValueError("the input was refused")

    def __del__(self) -> None:
        self._library.core_letterbox_free(self._handle)

    def _run(
        self,
        rows: npt.NDArray[np.uint8],
        width: int,
        name: str,
        stored: Stored,
        tensor: npt.NDArray[np.float32] | None,
        pixels: npt.NDArray[np.uint8] | None,
        numbers: npt.NDArray[np.int8] | None = None,
    ) -> LetterboxPlan:
        sizes, gains = (ctypes.c_int * 8)(), (ctypes.c_double * 2)()
        refused = self._library.core_letterbox_run(
            self._handle,
            pointer(rows),
            width,
            rows.shape[0],
            ctypes.c_ssize_t(rows.strides[0]),
            FORMATS[name][0],
            stored.orientation,
            None if stored.chroma is None else pointer(stored.chroma),
            ctypes.c_ssize_t(0 if stored.chroma is None else stored.chroma.strides[0]),
            stored.encoding,
            None if tensor is None else pointer(tensor),
            None if pixels is None else pointer(pixels),
            None if numbers is None else pointer(numbers),
            sizes,
            gains,
        )
        if refused:
            raise ValueError(refused.decode())
        return plan_of(sizes, gains, self._resize)

    def to_tensor(
        self, rows: npt.NDArray[np.uint8], width: int, name: str, stored: Stored = UPRIGHT
    ) -> tuple[npt.NDArray[np.float32], LetterboxPlan]:
        """Return the tensor [3, H, W] and the plan for rows as `pack` gives them."""
        tensor = np.full((3, *self._input_hw), np.nan, dtype=np.float32)
        return tensor, self._run(rows, width, name, stored, tensor, None)

    def to_bytes(
        self, rows: npt.NDArray[np.uint8], width: int, name: str, stored: Stored = UPRIGHT
    ) -> tuple[npt.NDArray[np.uint8], LetterboxPlan]:
        """Return the letterboxed bytes [H, W, 3] and the plan."""
        pixels = np.full((*self._input_hw, 3), 0x5A, dtype=np.uint8)
        return pixels, self._run(rows, width, name, stored, None, pixels)

    def to_numbers(self, rows: npt.NDArray[np.uint8], width: int, name: str) -> npt.NDArray[np.int8]:
        """Return the tensor [3, H, W] of a model that takes int8."""
        numbers = np.full((3, *self._input_hw), 77, dtype=np.int8)
        self._run(rows, width, name, UPRIGHT, None, None, numbers)
        return numbers

    def fill_tensor(
        self,
        rows: npt.NDArray[np.uint8],
        width: int,
        name: str,
        tensor: npt.NDArray[np.float32],
        stored: Stored = UPRIGHT,
    ) -> LetterboxPlan:
        """Write into an existing tensor, as an app does."""
        return self._run(rows, width, name, stored, tensor, None)
