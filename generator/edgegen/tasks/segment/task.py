"""Segmentation, as the rest of the generator sees it: boxes, and the mask of each."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from edgegen.model.precision import Precision
from edgegen.model.spec import ModelSpec, OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.tasks.loss import Loss, box_likeness, lost_detections, mask_likeness
from edgegen.tasks.segment import contract, heads
from edgegen.tasks.signature import Signature
from edgegen.tasks.stage import Stage
from edgegen.tasks.with_extras import WithExtras

if TYPE_CHECKING:  # numpy comes with the first number that is asked for
    import numpy as np
    import numpy.typing as npt

    from edgegen.reference import LetterboxPlan
    from edgegen.tasks.record import Record
    from edgegen.tasks.segment.result import Segments
    from edgegen.tasks.task import Comparison, Outputs

    Float32 = npt.NDArray[np.float32]
    Int64 = npt.NDArray[np.int64]


class Segment(WithExtras):
    """Boxes, each with its mask: coefficients of each candidate, by prototypes that all share."""

    name = "segment"
    result_noun = "masks"
    loss_unit = "masks"
    takes = contract.TAKES
    kinds = ("box", "cls", "coef")
    gives = "mask coefficients"

    def cut(self, model: Any, name: str) -> Any:
        """Cut the segmentation head."""
        return heads.cut(model, name)

    def read_outputs(self, signature: Signature) -> OutputSpec:
        """Tell the contract as detection does, with the prototypes at the end."""
        return contract.read_outputs(signature)

    def own_parameters(self, output: OutputSpec) -> Mapping[str, Any]:
        """Say how many coefficients there are."""
        return {"coefficients": output.extras.channels}

    def describe_outputs(self, output: OutputSpec) -> Mapping[str, Any]:
        """Name the branch, the bins, the strides, and the prototypes."""
        said = super().describe_outputs(output)
        return {**said, "names": [*said["names"], "proto"]}

    def tolerances(self, name: str, precision: Precision) -> Mapping[str, float]:
        """Return detection's, and the masks'."""
        from edgegen.tasks.segment import comparison

        return comparison.TOLERANCES

    def compare_outputs(self, ours: "Outputs", theirs: "Outputs", output: OutputSpec) -> list[Stage]:
        """Compare boxes and classes as detection does, coefficients and prototypes."""
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
        """Return boxes in pixels of the picture with masks of the input's size, best first."""
        from edgegen.tasks.segment.result import shown_segments

        return shown_segments(outputs, output, plan, thresholds, keep_classes)

    def lost(self, ours: Any, theirs: Any) -> Loss:
        """Look for each box, and its mask."""
        return lost_detections(ours, theirs, box_likeness, mask_likeness)

    def compare(self, ours: Any, theirs: Any, thresholds: Thresholds, output: OutputSpec) -> "Comparison":
        """Pair the boxes, class by class, and compare their masks."""
        from edgegen.tasks.segment import comparison

        return comparison.compare_segments(ours, theirs, thresholds, output)

    def thresholds_with_results(
        self, outputs: "Outputs", output: OutputSpec, thresholds: Thresholds
    ) -> Thresholds:
        """Lower the confidence until a box is shown, and their number until the masks take too much room."""
        from edgegen.tasks.segment import stages

        return stages.affordable(
            outputs, output, super().thresholds_with_results(outputs, output, thresholds)
        )

    def row_bytes(self, spec: ModelSpec) -> tuple[int, int]:
        """Count what detection counts, coefficients and masks."""
        from edgegen.tasks.segment import stages

        return stages.row_bytes(spec)

    def draw(self, spec: ModelSpec, random: Any, count: int) -> "Float32":
        """Return coefficients."""
        from edgegen.tasks.segment import stages

        return stages.draw(spec, random, count)

    def add_extras(
        self, record: "Record", given: Sequence["Float32"], spec: ModelSpec, rows: "Int64", decoded: "Int64"
    ) -> None:
        """Add the rows' coefficients."""
        from edgegen.tasks.segment import stages

        stages.add_coefficients(record, given, spec, rows)

    def add_result(self, record: "Record", shown: Any) -> None:
        """Add boxes and masks."""
        from edgegen.tasks.segment import stages

        stages.add_result(record, shown)

    def to_json(self, shown: Any, class_names: Sequence[str]) -> list[dict[str, Any]]:
        """Return class, score and corners of each box, and its mask at the input's size as run lengths."""
        from edgegen.tasks.segment.result import runs_of

        rows = super().to_json(shown, class_names)
        size = list(shown.masks.shape[1:])
        return [
            {**row, "mask": {"size": size, "runs": runs_of(mask).tolist()}}
            for row, mask in zip(rows, shown.masks, strict=True)
        ]

    def from_json(self, rows: Sequence[Mapping[str, Any]]) -> "Segments":
        """Read class, score, corners and mask of each box."""
        import numpy as np

        from edgegen.tasks.segment.result import Segments, of_runs

        boxes = super().from_json(rows)
        masks = [of_runs(row["mask"]["runs"], tuple(row["mask"]["size"])) for row in rows]
        bitmaps = np.stack(masks) if masks else np.zeros((0, 0, 0), dtype=np.bool_)
        return Segments(boxes.boxes, boxes.scores, boxes.class_ids, bitmaps)


TASK: Final = Segment()
