"""The task segmentation: boxes with masks."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from edgegen.model.precision import Precision
from edgegen.model.spec import ModelSpec, OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.tasks.loss import Loss, box_likeness, lost_detections, mask_likeness
from edgegen.tasks.segment import contract
from edgegen.tasks.signature import Signature
from edgegen.tasks.stage import Stage
from edgegen.tasks.with_extras import WithExtras

if TYPE_CHECKING:  # describing a model needs no numpy
    import numpy as np
    import numpy.typing as npt

    from edgegen.reference import LetterboxPlan
    from edgegen.tasks.record import Record
    from edgegen.tasks.segment.result import Segments
    from edgegen.tasks.task import Comparison, Outputs

    Float32 = npt.NDArray[np.float32]
    Int64 = npt.NDArray[np.int64]


class Segment(WithExtras):
    """Implements `tasks.task.Task` for boxes with masks, from coefficients and shared prototypes."""

    name = "segment"
    result_noun = "masks"
    loss_unit = "masks"
    takes = contract.TAKES
    kinds = ("box", "cls", "coef")
    extras_noun = "mask coefficients"

    def read_outputs(self, signature: Signature) -> OutputSpec:
        return contract.read_outputs(signature)

    def own_parameters(self, output: OutputSpec) -> Mapping[str, Any]:
        return {"coefficients": output.extras.channels}

    def describe_outputs(self, output: OutputSpec) -> Mapping[str, Any]:
        described = super().describe_outputs(output)
        return {**described, "names": [*described["names"], "proto"]}

    def tolerances(self, name: str, precision: Precision) -> Mapping[str, float]:
        from edgegen.tasks.segment import comparison

        return comparison.TOLERANCES

    def compare_outputs(self, ours: "Outputs", theirs: "Outputs", output: OutputSpec) -> list[Stage]:
        from edgegen.tasks.segment import comparison

        return comparison.compare_outputs(ours, theirs, output)

    def result(
        self,
        outputs: "Outputs",
        output: OutputSpec,
        plan: "LetterboxPlan",
        thresholds: Thresholds,
        keep_classes: Sequence[int] | None = None,
    ) -> "Segments":
        from edgegen.tasks.segment.result import shown_segments

        return shown_segments(outputs, output, plan, thresholds, keep_classes)

    def lost(self, ours: Any, theirs: Any) -> Loss:
        return lost_detections(ours, theirs, box_likeness, mask_likeness)

    def compare(self, ours: Any, theirs: Any, thresholds: Thresholds, output: OutputSpec) -> "Comparison":
        from edgegen.tasks.segment import comparison

        return comparison.compare_segments(ours, theirs, thresholds, output)

    def thresholds_with_results(
        self, outputs: "Outputs", output: OutputSpec, thresholds: Thresholds
    ) -> Thresholds:
        """Lower the confidence as detection does, and max_det until the masks fit into golden vectors."""
        from edgegen.tasks.segment import stages

        return stages.limit_runs(
            outputs, output, super().thresholds_with_results(outputs, output, thresholds)
        )

    def row_bytes(self, spec: ModelSpec) -> tuple[int, int]:
        from edgegen.tasks.segment import stages

        return stages.row_bytes(spec)

    def draw(self, spec: ModelSpec, random: Any, count: int) -> "Float32":
        from edgegen.tasks.segment import stages

        return stages.draw(spec, random, count)

    def add_extras(
        self, record: "Record", given: Sequence["Float32"], spec: ModelSpec, rows: "Int64", decoded: "Int64"
    ) -> None:
        from edgegen.tasks.segment import stages

        stages.add_coefficients(record, given, spec, rows)

    def add_result(self, record: "Record", shown: Any) -> None:
        from edgegen.tasks.segment import stages

        stages.add_result(record, shown)

    def to_json(self, shown: Any, class_names: Sequence[str]) -> list[dict[str, Any]]:
        from edgegen.tasks.segment.result import runs_of

        rows = super().to_json(shown, class_names)
        size = list(shown.masks.shape[1:])
        return [
            {**row, "mask": {"size": size, "runs": runs_of(mask).tolist()}}
            for row, mask in zip(rows, shown.masks, strict=True)
        ]

    def from_json(self, rows: Sequence[Mapping[str, Any]]) -> "Segments":
        import numpy as np

        from edgegen.tasks.segment.result import Segments, of_runs

        boxes = super().from_json(rows)
        masks = [of_runs(row["mask"]["runs"], tuple(row["mask"]["size"])) for row in rows]
        bitmaps = np.stack(masks) if masks else np.zeros((0, 0, 0), dtype=np.bool_)
        return Segments(boxes.boxes, boxes.scores, boxes.class_ids, bitmaps)


TASK: Final = Segment()
