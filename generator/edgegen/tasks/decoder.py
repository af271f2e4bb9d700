"""The numpy code of a task: decoding and comparing results, and the stages of golden vectors."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol

import numpy as np
import numpy.typing as npt

from edgegen.base.arrays import Float32, Int64
from edgegen.model.spec import ModelSpec, OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.reference import LetterboxPlan
from edgegen.tasks.stage import Comparison, Loss, Stage

if TYPE_CHECKING:
    from typing_extensions import Self

Outputs = Sequence[Float32]
Tolerances = Mapping[str, float]  # by name, as in the index of golden vectors
Arrays = Mapping[str, npt.NDArray[Any]]  # of a picture of golden vectors, by name

SAMPLES: Final = 512  # of the letterboxed bytes, of the tensor and of the outputs
SAMPLE_BYTES: Final = SAMPLES * (4 + 4)


class Record(Protocol):
    """A picture's file of golden vectors in the making."""

    def add(self, name: str, dtype: str, array: npt.NDArray[Any]) -> None:
        """Append an array; dtype is u8, u32 or f32."""


class Result(Protocol):
    """The result for a picture. Two results of a comparison are of the same task."""

    def __len__(self) -> int:
        """Return the number of objects."""

    def compare(
        self,
        reference: "Self",
        thresholds: Thresholds,
        output: OutputSpec,
        tolerances: Tolerances | None = None,
    ) -> Comparison:
        """Return the differences to the reference. Both have the same thresholds.

        tolerances: those of a program for another backend, instead of the task's. NMS may then choose another
        of two nearly equal boxes, and only the IoU of masks counts.
        """

    def lost_in(self, other: "Self") -> Loss:
        """Count the objects that the other result does not have, or has elsewhere."""

    def to_json(self, class_names: Sequence[str]) -> list[dict[str, Any]]:
        """Return the result in the format of the apps' JSON."""

    def spoken_text(self, class_names: Sequence[str]) -> str:
        """Return the text for screen-reader users, best score first: `3 bowl, 1 broccoli`."""

    def add_to(self, record: Record) -> None:
        """Add the result to golden vectors."""


class Decoder:
    """The meaning of a model's outputs, which are float32 arrays in the order of the `.pte`.

    The stages of golden vectors are those between input and result. The defaults are for tasks without
    candidates, which have no rows. A row is a candidate's part of the outputs.
    """

    tolerances: ClassVar[Tolerances]  # golden vectors carry them to every target
    row_confidence: float = 1.0  # the score above which candidates are rows

    def compare_outputs(self, ours: Outputs, theirs: Outputs, output: OutputSpec) -> list[Stage]:
        """Compare all output values of two runs of the model."""
        raise NotImplementedError

    def result(
        self,
        outputs: Outputs,
        output: OutputSpec,
        plan: LetterboxPlan,
        thresholds: Thresholds,
        keep_classes: Sequence[int] | None = None,
    ) -> Result:
        """Return the result: decoded, selected, and mapped to the picture. keep_classes None keeps all."""
        raise NotImplementedError

    def from_json(self, rows: Sequence[Mapping[str, Any]]) -> Result:
        """Return the result from an app's JSON. Class names are not needed."""
        raise NotImplementedError

    def row_bytes(self, spec: ModelSpec) -> tuple[int, int]:
        """Return the bytes of a picture of golden vectors without rows, and of each row."""
        raise NotImplementedError

    def thresholds_with_results(
        self, outputs: Outputs, output: OutputSpec, thresholds: Thresholds
    ) -> Thresholds:
        """Return thresholds at which the picture has a result, if possible."""
        return thresholds

    def steady_rows(self, outputs: Outputs, others: Sequence[Outputs], output: OutputSpec) -> Int64 | None:
        """Return the numbers of the candidates that are the same in all others; None for all candidates."""
        return None

    def add_model_stages(
        self,
        record: Record,
        outputs: Outputs,
        spec: ModelSpec,
        thresholds: Thresholds,
        rows: int,
        seed: int,
        kept: Int64 | None = None,
    ) -> None:
        """Add samples of the model's outputs, and its best candidates with their postprocessing.

        kept: the candidates that may be added, by rising number; None for all.
        """
        add_samples(record, "raw.sample", outputs[0], seed)

    def add_random_stages(
        self, record: Record, spec: ModelSpec, thresholds: Thresholds, rows: int, seed: int
    ) -> None:
        """Add random candidates, which need no model, and their postprocessing."""

    def trim(self, arrays: Arrays, contract: str, rows: int, thresholds: Thresholds) -> Arrays:
        """Return a picture's arrays with its best candidates only, in the same order.

        The arrays equal the postprocessing of these candidates alone.
        """
        return arrays

    def has_result(self, arrays: Arrays) -> bool:
        """Return whether a picture's arrays have a result."""
        return True


def add_samples(record: Record, name: str, values: Float32, seed: int) -> None:
    """Add SAMPLES values at random places of a map of any shape, and their flat indices."""
    index = np.random.RandomState(seed).randint(values.size, size=SAMPLES)
    record.add(f"{name}.index", "u32", index)
    record.add(f"{name}.value", "f32", values.reshape(-1)[index])
