"""Where a task writes its part of a picture's golden vectors."""

from typing import Any, Final, Protocol

import numpy.typing as npt

SAMPLES: Final = 512  # of the letterboxed bytes, of the tensor and of the outputs


class Record(Protocol):
    """A picture's file as it grows."""

    def add(self, name: str, dtype: str, array: npt.NDArray[Any]) -> None:
        """Append an array; dtype is u8, u32 or f32."""
