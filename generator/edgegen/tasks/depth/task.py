"""The task depth: a distance for every pixel."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from edgegen.model.facts import Facts
from edgegen.model.precision import Precision
from edgegen.model.spec import STRETCH, InputSpec, ModelSpec, OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.tasks import dense
from edgegen.tasks.loss import Loss
from edgegen.tasks.signature import Signature
from edgegen.tasks.stage import Stage
from edgegen.tasks.without_rows import WithoutRows

if TYPE_CHECKING:  # describing a model needs no numpy
    import numpy as np
    import numpy.typing as npt

    from edgegen.reference import LetterboxPlan
    from edgegen.tasks.depth.result import DepthMap
    from edgegen.tasks.prepared import Prepared
    from edgegen.tasks.record import Record
    from edgegen.tasks.task import Comparison, Outputs

    Uint8 = npt.NDArray[np.uint8]


_MAX_DIFFERENCE: Final = 0.1  # relative; pixels beyond are lost


class Depth(WithoutRows):
    """Implements `tasks.task.Task` for a depth map of the picture's size."""

    name = "depth"
    takes = "edgegen takes depth models whose .pte returns [1, 1, h, w]"
    contracts = ("depth",)
    heads = contracts
    library_contracts = contracts
    resize = STRETCH
    choices = ("maps",)
    json_key = "depth"
    result_noun = "depth maps"
    loss_unit = "pixels"

    def explain(self, contract: str) -> dict[str, str]:
        return {"returns": "a distance for each pixel of the input, or coarser"}

    def input_spec(self, facts: Facts, height: int, width: int) -> InputSpec:
        return InputSpec(height, width, resize=STRETCH)

    def prepare(self, rgb: "Uint8", spec: InputSpec) -> "Prepared":
        from edgegen.tasks.depth.result import prepared

        return prepared(rgb, spec)

    def read_outputs(self, signature: Signature) -> OutputSpec:
        return dense.read_outputs(signature, "depth", 1, self.takes)

    def describe_outputs(self, output: OutputSpec) -> Mapping[str, Any]:
        return dense.describe_outputs(output)

    def tolerances(self, contract: str, precision: Precision) -> Mapping[str, float]:
        from edgegen.tasks.depth import comparison

        return comparison.TOLERANCES

    def compare_outputs(self, ours: "Outputs", theirs: "Outputs", output: OutputSpec) -> list[Stage]:
        from edgegen.tasks.depth import comparison

        return comparison.compare_outputs(ours, theirs)

    def result(
        self,
        outputs: "Outputs",
        output: OutputSpec,
        plan: "LetterboxPlan",
        thresholds: Thresholds,
        keep_classes: Sequence[int] | None = None,
    ) -> "DepthMap":
        from edgegen.tasks.depth.result import shown_depth

        return shown_depth(outputs, plan)

    def lost(self, ours: Any, theirs: Any) -> Loss:
        from edgegen.tasks.depth.comparison import pixels_off

        return Loss(pixels_off(ours, theirs, _MAX_DIFFERENCE), theirs.depth.size)

    def compare(self, ours: Any, theirs: Any, thresholds: Thresholds, output: OutputSpec) -> "Comparison":
        from edgegen.tasks.depth import comparison

        return comparison.compare_depth(ours, theirs)

    def row_bytes(self, spec: ModelSpec) -> tuple[int, int]:
        from edgegen.tasks.record import SAMPLE_BYTES

        return 2 * SAMPLE_BYTES, 1

    def add_model_stages(
        self,
        record: "Record",
        outputs: "Outputs",
        spec: ModelSpec,
        thresholds: Thresholds,
        *,
        max_rows: int,
        seed: int,
    ) -> None:
        from edgegen.tasks.record import add_samples

        add_samples(record, "raw.sample", outputs[0], seed)

    def add_result(self, record: "Record", shown: Any) -> None:
        from edgegen.tasks.record import add_samples

        add_samples(record, "depth", shown.depth, shown.depth.size)

    def to_json(self, shown: Any, class_names: Sequence[str]) -> list[dict[str, Any]]:
        """Return minimum and maximum, both 0 if no distance is finite. The map is in a file."""
        lowest, highest = shown.ends or (0.0, 0.0)
        return [{"min": lowest, "max": highest}]

    def from_json(self, rows: Sequence[Mapping[str, Any]]) -> "DepthMap":
        from edgegen.tasks.depth.result import read

        return read(rows[0])

    def spoken_text(self, shown: "DepthMap", class_names: Sequence[str]) -> str:
        ends = shown.ends
        return f"{ends[0]:.1f} - {ends[1]:.1f}" if ends else ""


TASK: Final = Depth()
