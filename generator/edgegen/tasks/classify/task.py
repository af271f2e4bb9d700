"""The task classification: the probability of each class for the whole picture."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, Final

from edgegen.model.facts import Facts
from edgegen.model.precision import Precision
from edgegen.model.spec import CENTRE_CROP, InputSpec, ModelSpec, OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.tasks.classify import contract
from edgegen.tasks.loss import Loss
from edgegen.tasks.signature import Signature
from edgegen.tasks.stage import Stage
from edgegen.tasks.without_rows import WithoutRows

if TYPE_CHECKING:  # describing a model needs no numpy
    import numpy as np
    import numpy.typing as npt

    from edgegen.reference import LetterboxPlan
    from edgegen.tasks.classify.result import Ranking
    from edgegen.tasks.prepared import Prepared
    from edgegen.tasks.record import Record
    from edgegen.tasks.task import Comparison, Outputs

    Uint8 = npt.NDArray[np.uint8]


class Classify(WithoutRows):
    """Implements `tasks.task.Task` for classes by falling probability."""

    name = "classify"
    takes = contract.TAKES
    contracts = contract.CONTRACTS
    heads = contract.CONTRACTS
    library_contracts = ("probabilities",)
    resize = CENTRE_CROP
    choices = ("top", "classes")
    json_key = "classes"
    result_noun = "classes"
    loss_unit = "first classes"

    def explain(self, contract_name: str) -> dict[str, str]:
        return contract.explain(contract_name)

    def input_spec(self, facts: Facts, height: int, width: int) -> InputSpec:
        """Use the checkpoint's mean and deviation if they are for this size; otherwise 0 and 1."""
        default, own = InputSpec(height, width, resize=CENTRE_CROP), facts.normalization
        if own is None or own.size != (height, width):
            return default
        return InputSpec(height, width, mean=own.mean, std=own.std, resize=CENTRE_CROP)

    def prepare(self, rgb: "Uint8", spec: InputSpec) -> "Prepared":
        from edgegen.tasks.classify.result import prepared

        return prepared(rgb, spec)

    def read_outputs(self, signature: Signature) -> OutputSpec:
        return contract.read_outputs(signature)

    def describe_outputs(self, output: OutputSpec) -> Mapping[str, Any]:
        return contract.describe_outputs(output)

    def tolerances(self, contract_name: str, precision: Precision) -> Mapping[str, float]:
        from edgegen.tasks.classify import comparison

        return comparison.TOLERANCES

    def compare_outputs(self, ours: "Outputs", theirs: "Outputs", output: OutputSpec) -> list[Stage]:
        from edgegen.tasks.classify import comparison

        return comparison.compare_outputs(ours, theirs, output)

    def result(
        self,
        outputs: "Outputs",
        output: OutputSpec,
        plan: "LetterboxPlan",
        thresholds: Thresholds,
        keep_classes: Sequence[int] | None = None,
    ) -> "Ranking":
        from edgegen.tasks.classify.result import shown_classes

        return shown_classes(outputs, output, keep_classes)

    def lost(self, ours: Any, theirs: Any) -> Loss:
        return Loss(int(ours.class_ids[0] != theirs.class_ids[0]), 1)

    def compare(self, ours: Any, theirs: Any, thresholds: Thresholds, output: OutputSpec) -> "Comparison":
        from edgegen.tasks.classify import comparison

        return comparison.compare_rankings(ours, theirs, thresholds)

    def row_bytes(self, spec: ModelSpec) -> tuple[int, int]:
        return 2 * 4 * spec.num_classes, 1

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
        record.add("raw.output", "f32", outputs[0].reshape(-1))

    def add_result(self, record: "Record", shown: Any) -> None:
        import numpy as np

        record.add("classes.probability", "f32", shown.scores[np.argsort(shown.class_ids)])

    def to_json(self, shown: Any, class_names: Sequence[str]) -> list[dict[str, Any]]:
        return [
            {"class_id": int(class_id), "class_name": class_names[class_id], "score": float(score)}
            for class_id, score in zip(shown.class_ids, shown.scores, strict=True)
        ]

    def from_json(self, rows: Sequence[Mapping[str, Any]]) -> "Ranking":
        import numpy as np

        from edgegen.tasks.classify.result import Ranking

        return Ranking(
            np.array([row["class_id"] for row in rows], dtype=np.int64),
            np.array([row["score"] for row in rows], dtype=np.float32),
        )

    def spoken_text(self, shown: "Ranking", class_names: Sequence[str]) -> str:
        if not len(shown):
            return ""
        score = Decimal(float(shown.scores[0])).quantize(Decimal("0.01"), ROUND_HALF_UP)  # as apps print it
        return f"{class_names[int(shown.class_ids[0])]} {score}"


TASK: Final = Classify()
