"""The stages of a task in golden vectors."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from edgegen.base.arrays import Float32
from edgegen.model.spec import ModelSpec, OutputSpec
from edgegen.model.thresholds import Thresholds

Arrays = Mapping[str, npt.NDArray[Any]]

SAMPLES: Final = 512  # of the letterboxed bytes, of the tensor and of the outputs
SAMPLE_BYTES: Final = SAMPLES * (4 + 4)


class Record(Protocol):
    """A picture's file in the making."""

    def add(self, name: str, dtype: str, array: npt.NDArray[Any]) -> None:
        """Append an array; dtype is u8, u32 or f32."""


def add_samples(record: Record, name: str, values: Float32, seed: int) -> None:
    """Add SAMPLES values at random places of a map of any shape, and their flat indices."""
    index = np.random.RandomState(seed).randint(values.size, size=SAMPLES)
    record.add(f"{name}.index", "u32", index)
    record.add(f"{name}.value", "f32", values.reshape(-1)[index])


class GoldenStages:
    """The stages between input and result. This base is for tasks without candidates, which have no rows.

    A row is a candidate's part of the outputs.
    """

    row_confidence: float = 1.0  # the score above which candidates are rows

    def row_bytes(self, spec: ModelSpec) -> tuple[int, int]:
        """Return the bytes of a picture without rows, and of each row."""
        raise NotImplementedError

    def thresholds_with_results(
        self, outputs: Sequence[Float32], output: OutputSpec, thresholds: Thresholds
    ) -> Thresholds:
        """Return thresholds at which the picture has a result, if possible."""
        return thresholds

    def add_model_stages(
        self,
        record: Record,
        outputs: Sequence[Float32],
        spec: ModelSpec,
        thresholds: Thresholds,
        *,
        max_rows: int,
        seed: int,
    ) -> None:
        """Add samples of the model's outputs, and its best candidates with their postprocessing."""
        add_samples(record, "raw.sample", outputs[0], seed)

    def add_random_stages(
        self, record: Record, spec: ModelSpec, thresholds: Thresholds, *, max_rows: int, seed: int
    ) -> None:
        """Add random candidates, which need no model, and their postprocessing."""

    def trim(self, arrays: Arrays, contract: str, rows: int, max_det: int) -> Arrays:
        """Return a picture's arrays with its best candidates only, in the same order.

        The arrays equal the postprocessing of these candidates alone.
        """
        return arrays

    def has_result(self, arrays: Arrays) -> bool:
        """Return whether a picture's arrays have a result."""
        return True
