"""Pose, as the rest of the generator sees it: boxes, and the keypoints of each."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from edgegen.model.precision import Precision
from edgegen.model.skeleton import LEAST_VISIBLE
from edgegen.model.spec import ModelSpec, OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.tasks.loss import Loss, box_likeness, keypoint_likeness, lost_detections
from edgegen.tasks.pose import contract, heads
from edgegen.tasks.signature import Signature
from edgegen.tasks.stage import Stage
from edgegen.tasks.with_extras import WithExtras

if TYPE_CHECKING:  # numpy comes with the first number that is asked for
    import numpy as np
    import numpy.typing as npt

    from edgegen.reference import LetterboxPlan
    from edgegen.tasks.pose.result import Poses
    from edgegen.tasks.record import Record
    from edgegen.tasks.task import Comparison, Outputs

    Float32 = npt.NDArray[np.float32]
    Int64 = npt.NDArray[np.int64]


class Pose(WithExtras):
    """Boxes, each with its keypoints."""

    name = "pose"
    result_noun = "keypoints"
    loss_unit = "poses"
    takes = contract.TAKES
    kinds = ("box", "cls", "kpt")
    choices = (*WithExtras.choices, "skeleton")
    gives = "keypoints"

    def cut(self, model: Any, name: str) -> Any:
        """Cut the pose head."""
        return heads.cut(model, name)

    def read_outputs(self, signature: Signature) -> OutputSpec:
        """Tell the contract as detection does, with the keypoints that metadata.yaml speaks of."""
        return contract.read_outputs(signature)

    def own_parameters(self, output: OutputSpec) -> Mapping[str, Any]:
        """Name the keypoints, and of levels how they are read."""
        told = output.extras
        rule = {"keypoint_scale": told.keypoint_scale, "keypoint_shift": told.keypoint_shift}
        return {"kpt_shape": list(told.kpt_shape), **(rule if output.has_levels else {})}

    def tolerances(self, name: str, precision: Precision) -> Mapping[str, float]:
        """Return detection's, and the keypoints'."""
        from edgegen.tasks.pose import comparison

        return comparison.TOLERANCES

    def compare_outputs(self, ours: "Outputs", theirs: "Outputs", output: OutputSpec) -> list[Stage]:
        """Compare boxes and classes as detection does, and keypoints."""
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
        """Return boxes with keypoints in pixels of the picture, best first."""
        from edgegen.tasks.pose.result import shown_poses

        return shown_poses(outputs, output, plan, thresholds, keep_classes)

    def lost(self, ours: Any, theirs: Any) -> Loss:
        """Look for each box, and its keypoints."""
        return lost_detections(ours, theirs, box_likeness, keypoint_likeness)

    def compare(self, ours: Any, theirs: Any, thresholds: Thresholds, output: OutputSpec) -> "Comparison":
        """Pair the boxes, class by class, and compare their keypoints."""
        from edgegen.tasks.pose import comparison

        return comparison.compare_poses(ours, theirs, thresholds, output)

    def row_bytes(self, spec: ModelSpec) -> tuple[int, int]:
        """Count what detection counts, and keypoints."""
        from edgegen.tasks.pose import stages

        return stages.row_bytes(spec)

    def draw(self, spec: ModelSpec, random: Any, count: int) -> "Float32":
        """Return keypoints about their cells, or anywhere in the input."""
        from edgegen.tasks.pose import stages

        return stages.draw(spec, random, count)

    def add_extras(
        self, record: "Record", given: Sequence["Float32"], spec: ModelSpec, rows: "Int64", decoded: "Int64"
    ) -> None:
        """Add keypoints as the model gave them, and decoded."""
        from edgegen.tasks.pose import stages

        stages.add_keypoints(record, given, spec, rows, decoded)

    def add_result(self, record: "Record", shown: Any) -> None:
        """Add boxes and keypoints."""
        from edgegen.tasks.pose import stages

        stages.add_result(record, shown)

    def to_json(self, shown: Any, class_names: Sequence[str]) -> list[dict[str, Any]]:
        """Return class, score, corners and keypoints of each box."""
        rows = super().to_json(shown, class_names)
        return [
            {**row, "keypoints": [[float(value) for value in point] for point in points]}
            for row, points in zip(rows, shown.keypoints, strict=True)
        ]

    def from_json(self, rows: Sequence[Mapping[str, Any]]) -> "Poses":
        """Read class, score, corners and keypoints of each box."""
        import numpy as np

        from edgegen.tasks.pose.result import Poses

        boxes = super().from_json(rows)
        points = [np.array(row["keypoints"], dtype=np.float32).reshape(-1, 3) for row in rows]
        keypoints = np.stack(points) if points else np.zeros((0, 0, 3), dtype=np.float32)
        return Poses(boxes.boxes, boxes.scores, boxes.class_ids, keypoints)

    def spoken_text(self, shown: Any, class_names: Sequence[str]) -> str:
        """Return what detection returns, and how many points are seen: `2 person, 31 of 34 points seen`.

        How somebody stands is not known. Where a model does not say what is seen, all scores are 1, or 0 of a
        point that lies nowhere.
        """
        things, scores = super().spoken_text(shown, class_names), shown.keypoints[..., 2]
        if ((scores == 1) | (scores == 0)).all():  # also of nothing
            return things
        seen = int((scores >= LEAST_VISIBLE).sum())
        return f"{things}, {seen} of {scores.size} points seen"


TASK: Final = Pose()
