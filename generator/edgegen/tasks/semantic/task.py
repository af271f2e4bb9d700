"""The task semantic segmentation: a class for every pixel."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from edgegen.base.errors import UnsupportedModelError
from edgegen.model.facts import Facts
from edgegen.model.precision import Precision
from edgegen.model.spec import LETTERBOX, InputSpec, ModelSpec, OutputSpec
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
    from edgegen.tasks.prepared import Prepared
    from edgegen.tasks.record import Record
    from edgegen.tasks.semantic.result import ClassMap
    from edgegen.tasks.task import Comparison, Outputs

    Uint8 = npt.NDArray[np.uint8]

_NO_CLASS: Final = 255  # in class maps


class Semantic(WithoutRows):
    """Implements `tasks.task.Task` for a semantic map of the picture's size."""

    name = "semantic"
    takes = "edgegen takes semantic segmentation models whose .pte returns [1, classes, h, w]"
    contracts = ("logits",)
    heads = contracts
    library_contracts = contracts
    resize = LETTERBOX
    choices = ("classes", "maps")
    json_key = "semantic"
    result_noun = "class maps"
    loss_unit = "pixels"

    def explain(self, contract: str) -> dict[str, str]:
        return {"returns": "a value for each class and pixel of the input, or coarser"}

    def input_spec(self, facts: Facts, height: int, width: int) -> InputSpec:
        return InputSpec(height, width)

    def prepare(self, rgb: "Uint8", spec: InputSpec) -> "Prepared":
        from edgegen.tasks.prepared import letterboxed

        return letterboxed(rgb, spec)

    def read_outputs(self, signature: Signature) -> OutputSpec:
        """Read one map with a channel for each class. Class numbers must fit into bytes."""
        classes = len(signature.claims.class_names)
        if classes > _NO_CLASS:
            raise UnsupportedModelError(
                f"{classes} classes of semantic segmentation ({signature.pte})",
                f"export at most {_NO_CLASS} classes: maps are bytes, and {_NO_CLASS} means no class",
            )
        return dense.read_outputs(signature, "logits", classes, self.takes)

    def describe_outputs(self, output: OutputSpec) -> Mapping[str, Any]:
        return dense.describe_outputs(output)

    def tolerances(self, contract: str, precision: Precision) -> Mapping[str, float]:
        from edgegen.tasks.semantic import comparison

        return comparison.TOLERANCES

    def compare_outputs(self, ours: "Outputs", theirs: "Outputs", output: OutputSpec) -> list[Stage]:
        from edgegen.tasks.semantic import comparison

        return comparison.compare_outputs(ours, theirs)

    def result(
        self,
        outputs: "Outputs",
        output: OutputSpec,
        plan: "LetterboxPlan",
        thresholds: Thresholds,
        keep_classes: Sequence[int] | None = None,
    ) -> "ClassMap":
        from edgegen.tasks.semantic.result import shown_map

        return shown_map(outputs, output, plan, keep_classes)

    def lost(self, ours: Any, theirs: Any) -> Loss:
        return Loss(int((ours.classes != theirs.classes).sum()), theirs.classes.size)

    def compare(self, ours: Any, theirs: Any, thresholds: Thresholds, output: OutputSpec) -> "Comparison":
        from edgegen.tasks.semantic import comparison

        return comparison.compare_maps(ours, theirs)

    def row_bytes(self, spec: ModelSpec) -> tuple[int, int]:
        from edgegen.tasks.record import SAMPLE_BYTES
        from edgegen.tasks.semantic.stages import RUNS

        return SAMPLE_BYTES + RUNS * (4 + 4), 1

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
        from edgegen.tasks.semantic import stages

        stages.add_map(record, shown.classes)

    def to_json(self, shown: Any, class_names: Sequence[str]) -> list[dict[str, Any]]:
        from edgegen.tasks.semantic import stages

        return [stages.describe_map(shown.classes, class_names)]

    def from_json(self, rows: Sequence[Mapping[str, Any]]) -> "ClassMap":
        from edgegen.tasks.semantic import stages
        from edgegen.tasks.semantic.result import ClassMap

        return ClassMap(stages.read(rows[0]))

    def spoken_text(self, shown: "ClassMap", class_names: Sequence[str]) -> str:
        from edgegen.tasks.semantic import stages

        found = stages.describe_map(shown.classes, class_names)["classes"]
        return ", ".join(each["class_name"] for each in found if each["class_name"])


TASK: Final = Semantic()
