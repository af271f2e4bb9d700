"""What tasks share whose head gives no candidates: nothing to choose from, no thresholds, no rows."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from edgegen.model.spec import ModelSpec, OutputSpec
from edgegen.model.thresholds import Thresholds

if TYPE_CHECKING:
    from edgegen.tasks.record import Record
    from edgegen.tasks.task import Arrays, Outputs


class WithoutRows:
    """The answers of such a task that have no choice."""

    heads: Sequence[str]

    def usual_head(self, branches: Sequence[str]) -> str:
        """Return the first: the head has no branches."""
        return self.heads[0]

    def parameters(self, output: OutputSpec) -> Mapping[str, Any]:
        """Return nothing: the shapes tell all."""
        return {}

    def bounds(self, contract: str, outputs: int) -> Mapping[int, tuple[float, float]]:
        """Return nothing: all values matter."""
        return {}

    @property
    def row_confidence(self) -> float:
        """There are no rows."""
        return 1.0

    def thresholds_with_results(
        self, outputs: "Outputs", output: OutputSpec, thresholds: Thresholds
    ) -> Thresholds:
        """Return the thresholds: something is always shown."""
        return thresholds

    def add_random_stages(
        self, record: "Record", spec: ModelSpec, thresholds: Thresholds, *, max_rows: int, seed: int
    ) -> None:
        """Add nothing: without a model there is nothing between its input and what is shown."""

    def trim(self, arrays: "Arrays", contract: str, rows: int, max_det: int) -> "Arrays":
        """Return all of them."""
        return arrays

    def shows_something(self, arrays: "Arrays") -> bool:
        """Say yes."""
        return True
