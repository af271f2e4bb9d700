"""The interfaces of a task's numpy code: decoding outputs to a result, and comparing results."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from edgegen.base.arrays import Float32
from edgegen.model.spec import OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.reference import LetterboxPlan
from edgegen.tasks.golden import Record
from edgegen.tasks.stage import Comparison, Loss, Stage

if TYPE_CHECKING:
    from typing_extensions import Self

Outputs = Sequence[Float32]
Tolerances = Mapping[str, float]  # by name, as in the index of golden vectors


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


class Decoder(Protocol):
    """The meaning of a model's outputs, which are float32 arrays in the order of the `.pte`."""

    @property
    def tolerances(self) -> Tolerances:
        """The tolerances by name. Golden vectors carry them to every target."""

    def compare_outputs(self, ours: Outputs, theirs: Outputs, output: OutputSpec) -> list[Stage]:
        """Compare all output values of two runs of the model."""

    def result(
        self,
        outputs: Outputs,
        output: OutputSpec,
        plan: LetterboxPlan,
        thresholds: Thresholds,
        keep_classes: Sequence[int] | None = None,
    ) -> Result:
        """Return the result: decoded, selected, and mapped to the picture. keep_classes None keeps all."""

    def from_json(self, rows: Sequence[Mapping[str, Any]]) -> Result:
        """Return the result from an app's JSON. Class names are not needed."""
