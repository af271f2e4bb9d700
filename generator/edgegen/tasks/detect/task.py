"""The task detection."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from edgegen.model.facts import Facts
from edgegen.model.precision import Precision
from edgegen.model.spec import CONTRACTS, LETTERBOX, ONE_TO_ONE, InputSpec, ModelSpec, OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.tasks.detect import contract
from edgegen.tasks.detect.contract import explain as outputs_in_words
from edgegen.tasks.loss import Loss, box_likeness, lost_detections
from edgegen.tasks.signature import Signature
from edgegen.tasks.stage import Stage

if TYPE_CHECKING:  # describing a model needs no numpy
    import numpy as np
    import numpy.typing as npt

    from edgegen.reference import LetterboxPlan
    from edgegen.tasks.detect.pipeline import Detections
    from edgegen.tasks.prepared import Prepared
    from edgegen.tasks.record import Record
    from edgegen.tasks.task import Arrays, Comparison, Outputs

    Uint8 = npt.NDArray[np.uint8]


LOGITS: Final = (-7.0, 6.0)  # class logits: scores from 0.0009, below LEAST_CONFIDENCE, to 0.9975


class Detect:
    """Implements `tasks.task.Task` for boxes with a class and a score."""

    name = "detect"
    takes = contract.NEXT_KINDS
    contracts = CONTRACTS
    kinds: Sequence[str] = ("box", "cls")  # the tensors of each level
    heads = ("raw", "end2end", "decoded")
    library_contracts = ("decoded", "detections")
    resize = LETTERBOX
    choices: tuple[str, ...] = ("confidence", "iou", "max_det", "agnostic", "classes")
    json_key = "detections"
    result_noun = "boxes"
    loss_unit = "boxes"

    def usual_head(self, branches: Sequence[str]) -> str:
        return "end2end" if branches and branches[0] == ONE_TO_ONE else "raw"

    @property
    def row_confidence(self) -> float:
        from edgegen.tasks.detect.stages import ROW_CONFIDENCE

        return ROW_CONFIDENCE

    def explain(self, contract: str) -> dict[str, str]:
        return outputs_in_words(contract)

    def input_spec(self, facts: Facts, height: int, width: int) -> InputSpec:
        return InputSpec(height, width)

    def prepare(self, rgb: "Uint8", spec: InputSpec) -> "Prepared":
        from edgegen.tasks.prepared import letterboxed

        return letterboxed(rgb, spec)

    def read_outputs(self, signature: Signature) -> OutputSpec:
        return contract.read_outputs(signature)

    def parameters(self, output: OutputSpec) -> Mapping[str, Any]:
        return contract.parameters(output)

    def describe_outputs(self, output: OutputSpec) -> Mapping[str, Any]:
        return contract.describe_outputs(output)

    def tolerances(self, contract: str, precision: Precision) -> Mapping[str, float]:
        from edgegen.tasks.detect import comparison

        return comparison.TOLERANCES

    def compare_outputs(self, ours: "Outputs", theirs: "Outputs", output: OutputSpec) -> list[Stage]:
        from edgegen.tasks.detect import comparison

        return comparison.compare_outputs(ours, theirs, output)

    def result(
        self,
        outputs: "Outputs",
        output: OutputSpec,
        plan: "LetterboxPlan",
        thresholds: Thresholds,
        keep_classes: Sequence[int] | None = None,
    ) -> "Detections":
        from edgegen.tasks.detect.pipeline import shown_boxes

        return shown_boxes(outputs, output, plan, thresholds, keep_classes)

    def bounds(self, contract: str, outputs: int) -> Mapping[int, tuple[float, float]]:
        return {place: LOGITS for place in range(outputs) if place % len(self.kinds) == 1}

    def lost(self, ours: Any, theirs: Any) -> Loss:
        return lost_detections(ours, theirs, box_likeness)

    def compare(self, ours: Any, theirs: Any, thresholds: Thresholds, output: OutputSpec) -> "Comparison":
        from edgegen.tasks.detect import comparison

        return comparison.compare_boxes(ours, theirs, thresholds, output)

    def row_bytes(self, spec: ModelSpec) -> tuple[int, int]:
        from edgegen.tasks.detect import stages

        return stages.row_bytes(spec)

    def thresholds_with_results(
        self, outputs: "Outputs", output: OutputSpec, thresholds: Thresholds
    ) -> Thresholds:
        from edgegen.tasks.detect import stages

        return stages.thresholds_with_results(outputs, output, thresholds)

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
        from edgegen.tasks.detect import stages

        stages.add_model_stages(record, outputs, spec, thresholds, max_rows=max_rows, seed=seed)

    def add_random_stages(
        self, record: "Record", spec: ModelSpec, thresholds: Thresholds, *, max_rows: int, seed: int
    ) -> None:
        from edgegen.tasks.detect import stages

        stages.add_random_stages(record, spec, thresholds, max_rows=max_rows, seed=seed)

    def add_result(self, record: "Record", shown: Any) -> None:
        from edgegen.tasks.detect import stages

        stages.add_result(record, shown)

    def trim(self, arrays: "Arrays", contract: str, rows: int, max_det: int) -> "Arrays":
        from edgegen.tasks.detect import stages

        return stages.trim(arrays, contract, rows, max_det)

    def shows_something(self, arrays: "Arrays") -> bool:
        return len(arrays.get("boxes.class", ())) > 0

    def to_json(self, shown: Any, class_names: Sequence[str]) -> list[dict[str, Any]]:
        return [
            {
                "class_id": int(class_id),
                "class_name": class_names[class_id],
                "score": float(score),
                "box": [float(corner) for corner in box],
            }
            for box, score, class_id in zip(shown.boxes, shown.scores, shown.class_ids, strict=True)
        ]

    def from_json(self, rows: Sequence[Mapping[str, Any]]) -> "Detections":
        import numpy as np

        from edgegen.tasks.detect.pipeline import Detections

        return Detections(
            np.array([row["box"] for row in rows], dtype=np.float32).reshape(-1, 4),
            np.array([row["score"] for row in rows], dtype=np.float32),
            np.array([row["class_id"] for row in rows], dtype=np.int64),
        )

    def spoken_text(self, shown: "Detections", class_names: Sequence[str]) -> str:
        best_first = sorted(range(len(shown)), key=lambda i: -shown.scores[i])
        counts = Counter(int(shown.class_ids[i]) for i in best_first)
        return ", ".join(f"{count} {class_names[class_id]}" for class_id, count in counts.items())


TASK: Final = Detect()
