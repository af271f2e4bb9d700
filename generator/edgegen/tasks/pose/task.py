"""The task pose: boxes with keypoints."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from edgegen.model.precision import Precision
from edgegen.model.skeleton import LEAST_VISIBLE
from edgegen.model.spec import ModelSpec, OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.tasks.loss import Loss, box_likeness, keypoint_likeness, lost_detections
from edgegen.tasks.pose import contract
from edgegen.tasks.signature import Signature
from edgegen.tasks.stage import Stage
from edgegen.tasks.with_extras import WithExtras

if TYPE_CHECKING:  # describing a model needs no numpy
    import numpy as np
    import numpy.typing as npt

    from edgegen.reference import LetterboxPlan
    from edgegen.tasks.pose.result import Poses
    from edgegen.tasks.record import Record
    from edgegen.tasks.task import Comparison, Outputs

    Float32 = npt.NDArray[np.float32]
    Int64 = npt.NDArray[np.int64]


class Pose(WithExtras):
    """Implements `tasks.task.Task` for boxes with keypoints."""

    name = "pose"
    result_noun = "keypoints"
    loss_unit = "poses"
    takes = contract.TAKES
    kinds = ("box", "cls", "kpt")
    choices = (*WithExtras.choices, "skeleton")
    extras_noun = "keypoints"

    def read_outputs(self, signature: Signature) -> OutputSpec:
        return contract.read_outputs(signature)

    def own_parameters(self, output: OutputSpec) -> Mapping[str, Any]:
        extras = output.extras
        rule = {"keypoint_scale": extras.keypoint_scale, "keypoint_shift": extras.keypoint_shift}
        return {"kpt_shape": list(extras.kpt_shape), **(rule if output.has_levels else {})}

    def tolerances(self, name: str, precision: Precision) -> Mapping[str, float]:
        from edgegen.tasks.pose import comparison

        return comparison.TOLERANCES

    def compare_outputs(self, ours: "Outputs", theirs: "Outputs", output: OutputSpec) -> list[Stage]:
        from edgegen.tasks.pose import comparison

        return comparison.compare_outputs(ours, theirs, output)

    def result(
        self,
        outputs: "Outputs",
        output: OutputSpec,
        plan: "LetterboxPlan",
        thresholds: Thresholds,
        keep_classes: Sequence[int] | None = None,
    ) -> "Poses":
        from edgegen.tasks.pose.result import shown_poses

        return shown_poses(outputs, output, plan, thresholds, keep_classes)

    def lost(self, ours: Any, theirs: Any) -> Loss:
        return lost_detections(ours, theirs, box_likeness, keypoint_likeness)

    def compare(self, ours: Any, theirs: Any, thresholds: Thresholds, output: OutputSpec) -> "Comparison":
        from edgegen.tasks.pose import comparison

        return comparison.compare_poses(ours, theirs, thresholds, output)

    def row_bytes(self, spec: ModelSpec) -> tuple[int, int]:
        from edgegen.tasks.pose import stages

        return stages.row_bytes(spec)

    def draw(self, spec: ModelSpec, random: Any, count: int) -> "Float32":
        from edgegen.tasks.pose import stages

        return stages.draw(spec, random, count)

    def add_extras(
        self, record: "Record", given: Sequence["Float32"], spec: ModelSpec, rows: "Int64", decoded: "Int64"
    ) -> None:
        from edgegen.tasks.pose import stages

        stages.add_keypoints(record, given, spec, rows, decoded)

    def add_result(self, record: "Record", shown: Any) -> None:
        from edgegen.tasks.pose import stages

        stages.add_result(record, shown)

    def to_json(self, shown: Any, class_names: Sequence[str]) -> list[dict[str, Any]]:
        rows = super().to_json(shown, class_names)
        return [
            {**row, "keypoints": [[float(value) for value in point] for point in points]}
            for row, points in zip(rows, shown.keypoints, strict=True)
        ]

    def from_json(self, rows: Sequence[Mapping[str, Any]]) -> "Poses":
        import numpy as np

        from edgegen.tasks.pose.result import Poses

        boxes = super().from_json(rows)
        points = [np.array(row["keypoints"], dtype=np.float32).reshape(-1, 3) for row in rows]
        keypoints = np.stack(points) if points else np.zeros((0, 0, 3), dtype=np.float32)
        return Poses(boxes.boxes, boxes.scores, boxes.class_ids, keypoints)

    def spoken_text(self, shown: Any, class_names: Sequence[str]) -> str:
        """Return detection's text and the number of visible points: `2 person, 31 of 34 points seen`.

        Without visibility, all scores are 1, or 0 for points that are not finite; then only detection's text.
        """
        text, scores = super().spoken_text(shown, class_names), shown.keypoints[..., 2]
        if ((scores == 1) | (scores == 0)).all():  # also without results
            return text
        seen = int((scores >= LEAST_VISIBLE).sum())
        return f"{text}, {seen} of {scores.size} points seen"


TASK: Final = Pose()
