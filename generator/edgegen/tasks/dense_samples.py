"""What golden vectors keep of a map, and how two of them differ."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from edgegen.tasks.record import SAMPLES, Record

SAMPLE_BYTES: Final = SAMPLES * (4 + 4)


def add_samples(record: Record, name: str, values: npt.NDArray[np.float32], seed: int) -> None:
    """Add SAMPLES numbers drawn from a map of any shape, and their flat places."""
    index = np.random.RandomState(seed).randint(values.size, size=SAMPLES)
    record.add(f"{name}.index", "u32", index)
    record.add(f"{name}.value", "f32", values.reshape(-1)[index])


def worst_of(differences: npt.NDArray[Any]) -> float:
    """Return the largest of them; infinite where one is not a number."""
    return float(np.nan_to_num(differences, nan=np.inf).max(initial=0.0))
