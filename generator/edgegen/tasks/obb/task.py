"""OrientedBoxes boxes, as the rest of the generator sees them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from edgegen.model.precision import Precision
from edgegen.model.spec import ModelSpec, OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.tasks.loss import Loss, lost_detections, oriented_likeness
from edgegen.tasks.obb import contract, heads
from edgegen.tasks.signature import Signature
from edgegen.tasks.stage import Stage
from edgegen.tasks.with_extras import WithExtras

if TYPE_CHECKING:  # numpy comes with the first number that is asked for
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
    """OrientedBoxes boxes, thinned out by the likeness of the distributions that they stand for."""

    name = "obb"
    result_noun = "rotated boxes"
    loss_unit = "turned boxes"
    takes = contract.TAKES
    kinds = ("box", "cls", "angle")
    gives = "angles"

    def cut(self, model: Any, name: str) -> Any:
        """Cut the head of turned boxes."""
        return heads.cut(model, name)

    def read_outputs(self, signature: Signature) -> OutputSpec:
        """Tell the contract as detection does, with the angles that metadata.yaml speaks of."""
        return contract.read_outputs(signature)

    def own_parameters(self, output: OutputSpec) -> Mapping[str, Any]:
        """Say of levels how angles are read."""
        return {"angle": output.extras.angle} if output.has_levels else {}

    def tolerances(self, name: str, precision: Precision) -> Mapping[str, float]:
        """Return detection's, and those of what is turned."""
        from edgegen.tasks.obb import comparison

        return comparison.TOLERANCES

    def compare_outputs(self, ours: "Outputs", theirs: "Outputs", output: OutputSpec) -> list[Stage]:
        """Compare boxes and classes as detection does, and angles."""
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
        """Return turned boxes in pixels of the picture, best first."""
        from edgegen.tasks.obb.result import shown_oriented

        return shown_oriented(outputs, output, plan, thresholds, keep_classes)

    def lost(self, ours: Any, theirs: Any) -> Loss:
        """Look for each turned box."""
        return lost_detections(ours, theirs, oriented_likeness)

    def compare(self, ours: Any, theirs: Any, thresholds: Thresholds, output: OutputSpec) -> "Comparison":
        """Pair the boxes, class by class, and compare corners and angles."""
        from edgegen.tasks.obb import comparison

        return comparison.compare_oriented(ours, theirs, thresholds, output)

    def row_bytes(self, spec: ModelSpec) -> tuple[int, int]:
        """Count what detection counts, and angles."""
        from edgegen.tasks.obb import stages

        return stages.row_bytes(spec)

    def draw(self, spec: ModelSpec, random: Any, count: int) -> "Float32":
        """Return angles."""
        from edgegen.tasks.obb import stages

        return stages.draw(random, count)

    def postprocessing(self, given: Sequence["Float32"], output: OutputSpec) -> "DetectPostprocessing":
        """Decode with the angles, and choose by the likeness of turned boxes."""
        from edgegen.tasks.obb.result import Postprocessing

        return Postprocessing(given, output)

    def add_extras(
        self, record: "Record", given: Sequence["Float32"], spec: ModelSpec, rows: "Int64", decoded: "Int64"
    ) -> None:
        """Add the angles as the model gave them, and in radians."""
        from edgegen.tasks.obb import stages

        stages.add_angles(record, given, spec, rows, decoded)

    def add_result(self, record: "Record", shown: Any) -> None:
        """Add boxes, upright and turned."""
        from edgegen.tasks.obb import stages

        stages.add_result(record, shown)

    def to_json(self, shown: Any, class_names: Sequence[str]) -> list[dict[str, Any]]:
        """Return class, score and upright corners of each box, the turned box and its corners."""
        from edgegen.tasks.obb.decode import corners

        rows = super().to_json(shown, class_names)
        return [
            {**row, "xywhr": [float(value) for value in turned], "corners": points.astype(float).tolist()}
            for row, turned, points in zip(rows, shown.rotated, corners(shown.rotated), strict=True)
        ]

    def from_json(self, rows: Sequence[Mapping[str, Any]]) -> "OrientedBoxes":
        """Read class, score, upright corners and the turned box."""
        import numpy as np

        from edgegen.tasks.obb.result import OrientedBoxes

        boxes = super().from_json(rows)
        rotated = np.array([row["xywhr"] for row in rows], dtype=np.float32).reshape(-1, 5)
        return OrientedBoxes(boxes.boxes, boxes.scores, boxes.class_ids, rotated)


TASK: Final = Obb()
