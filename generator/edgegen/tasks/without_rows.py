"""Base of tasks without candidates: no thresholds, no rows in golden vectors."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from edgegen.model.spec import ModelSpec, OutputSpec
from edgegen.model.thresholds import Thresholds

if TYPE_CHECKING:
    from edgegen.tasks.record import Record
    from edgegen.tasks.task import Arrays, Outputs


class WithoutRows:
    """Implements parts of `tasks.task.Task` for heads without candidates."""

    heads: Sequence[str]

    def usual_head(self, branches: Sequence[str]) -> str:
        return self.heads[0]

    def parameters(self, output: OutputSpec) -> Mapping[str, Any]:
        return {}

    def bounds(self, contract: str, outputs: int) -> Mapping[int, tuple[float, float]]:
        return {}

    @property
    def row_confidence(self) -> float:
        return 1.0

    def thresholds_with_results(
        self, outputs: "Outputs", output: OutputSpec, thresholds: Thresholds
    ) -> Thresholds:
        return thresholds

    def add_random_stages(
        self, record: "Record", spec: ModelSpec, thresholds: Thresholds, *, max_rows: int, seed: int
    ) -> None:
        """Add nothing: random outputs have no intermediate stages to test."""

    def trim(self, arrays: "Arrays", contract: str, rows: int, max_det: int) -> "Arrays":
        return arrays

    def shows_something(self, arrays: "Arrays") -> bool:
        return True
