"""What a task writes into a picture's golden vectors."""

from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

SAMPLES: Final = 512  # of the letterboxed bytes, of the tensor and of the outputs
SAMPLE_BYTES: Final = SAMPLES * (4 + 4)


class Record(Protocol):
    """A picture's file in the making."""

    def add(self, name: str, dtype: str, array: npt.NDArray[Any]) -> None:
        """Append an array; dtype is u8, u32 or f32."""


def add_samples(record: Record, name: str, values: npt.NDArray[np.float32], seed: int) -> None:
    """Add SAMPLES values at random places of a map of any shape, and their flat indices."""
    index = np.random.RandomState(seed).randint(values.size, size=SAMPLES)
    record.add(f"{name}.index", "u32", index)
    record.add(f"{name}.value", "f32", values.reshape(-1)[index])
