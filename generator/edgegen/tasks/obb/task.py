"""The task oriented boxes."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from edgegen.model.precision import Precision
from edgegen.model.spec import ModelSpec, OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.tasks.loss import Loss, lost_detections, oriented_likeness
from edgegen.tasks.obb import contract
from edgegen.tasks.signature import Signature
from edgegen.tasks.stage import Stage
from edgegen.tasks.with_extras import WithExtras

if TYPE_CHECKING:  # describing a model needs no numpy
    import numpy as np
    import numpy.typing as npt

    from edgegen.reference import LetterboxPlan
    from edgegen.tasks.detect.stages import Postprocessing as DetectPostprocessing
    from edgegen.tasks.obb.result import OrientedBoxes
    from edgegen.tasks.record import Record
    from edgegen.tasks.task import Comparison, Outputs

    Float32 = npt.NDArray[np.float32]
    Int64 = npt.NDArray[np.int64]


class Obb(WithExtras):
    """Implements `tasks.task.Task` for oriented boxes, with NMS by probabilistic IoU."""

    name = "obb"
    result_noun = "oriented boxes"
    loss_unit = "oriented boxes"
    takes = contract.TAKES
    kinds = ("box", "cls", "angle")
    extras_noun = "angles"

    def read_outputs(self, signature: Signature) -> OutputSpec:
        return contract.read_outputs(signature)

    def own_parameters(self, output: OutputSpec) -> Mapping[str, Any]:
        return {"angle": output.extras.angle} if output.has_levels else {}

    def tolerances(self, name: str, precision: Precision) -> Mapping[str, float]:
        from edgegen.tasks.obb import comparison

        return comparison.TOLERANCES

    def compare_outputs(self, ours: "Outputs", theirs: "Outputs", output: OutputSpec) -> list[Stage]:
        from edgegen.tasks.obb import comparison

        return comparison.compare_outputs(ours, theirs, output)

    def result(
        self,
        outputs: "Outputs",
        output: OutputSpec,
        plan: "LetterboxPlan",
        thresholds: Thresholds,
        keep_classes: Sequence[int] | None = None,
    ) -> "OrientedBoxes":
        from edgegen.tasks.obb.result import shown_oriented

        return shown_oriented(outputs, output, plan, thresholds, keep_classes)

    def lost(self, ours: Any, theirs: Any) -> Loss:
        return lost_detections(ours, theirs, oriented_likeness)

    def compare(self, ours: Any, theirs: Any, thresholds: Thresholds, output: OutputSpec) -> "Comparison":
        from edgegen.tasks.obb import comparison

        return comparison.compare_oriented(ours, theirs, thresholds, output)

    def row_bytes(self, spec: ModelSpec) -> tuple[int, int]:
        from edgegen.tasks.obb import stages

        return stages.row_bytes(spec)

    def draw(self, spec: ModelSpec, random: Any, count: int) -> "Float32":
        from edgegen.tasks.obb import stages

        return stages.draw(random, count)

    def postprocessing(self, given: Sequence["Float32"], output: OutputSpec) -> "DetectPostprocessing":
        from edgegen.tasks.obb.result import Postprocessing

        return Postprocessing(given, output)

    def add_extras(
        self, record: "Record", given: Sequence["Float32"], spec: ModelSpec, rows: "Int64", decoded: "Int64"
    ) -> None:
        from edgegen.tasks.obb import stages

        stages.add_angles(record, given, spec, rows, decoded)

    def add_result(self, record: "Record", shown: Any) -> None:
        from edgegen.tasks.obb import stages

        stages.add_result(record, shown)

    def to_json(self, shown: Any, class_names: Sequence[str]) -> list[dict[str, Any]]:
        from edgegen.tasks.obb.decode import corners

        rows = super().to_json(shown, class_names)
        return [
            {**row, "xywhr": [float(value) for value in turned], "corners": points.astype(float).tolist()}
            for row, turned, points in zip(rows, shown.rotated, corners(shown.rotated), strict=True)
        ]

    def from_json(self, rows: Sequence[Mapping[str, Any]]) -> "OrientedBoxes":
        import numpy as np

        from edgegen.tasks.obb.result import OrientedBoxes

        boxes = super().from_json(rows)
        rotated = np.array([row["xywhr"] for row in rows], dtype=np.float32).reshape(-1, 5)
        return OrientedBoxes(boxes.boxes, boxes.scores, boxes.class_ids, rotated)


TASK: Final = Obb()
