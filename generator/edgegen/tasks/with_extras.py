"""Base of tasks whose candidates have extras: detection handles boxes, the task its extras."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from edgegen.model.spec import ModelSpec, OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.tasks.detect import contract
from edgegen.tasks.detect.task import Detect
from edgegen.tasks.extras_contract import without_extras

if TYPE_CHECKING:  # describing a model needs no numpy
    import numpy as np
    import numpy.typing as npt

    from edgegen.tasks.detect.stages import Postprocessing
    from edgegen.tasks.record import Record
    from edgegen.tasks.task import Outputs

    Float32 = npt.NDArray[np.float32]
    Int64 = npt.NDArray[np.int64]


class WithExtras(Detect):
    """Implements `tasks.task.Task` for boxes with extras, which subclasses define."""

    kinds: Sequence[str]  # for example ("box", "cls", "kpt")
    extras_noun: str  # for reports: "keypoints"

    def explain(self, name: str) -> dict[str, str]:
        meaning = contract.explain(name)
        return {**meaning, "returns": meaning["returns"].replace("boxes", f"boxes, {self.extras_noun}", 1)}

    def own_parameters(self, output: OutputSpec) -> Mapping[str, Any]:
        """Return the parameters of the extras besides their shapes."""
        return {}

    def parameters(self, output: OutputSpec) -> Mapping[str, Any]:
        return {**contract.parameters(output), **self.own_parameters(output)}

    def describe_outputs(self, output: OutputSpec) -> Mapping[str, Any]:
        return {**contract.describe_outputs(output, self.kinds), **self.own_parameters(output)}

    def thresholds_with_results(
        self, outputs: "Outputs", output: OutputSpec, thresholds: Thresholds
    ) -> Thresholds:
        from edgegen.tasks import extras

        boxes = extras.box_outputs(outputs, output)
        return super().thresholds_with_results(boxes, without_extras(output), thresholds)

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
        from edgegen.tasks import extras
        from edgegen.tasks.detect import stages

        boxes, given = extras.box_outputs(outputs, spec.output), extras.extra_outputs(outputs, spec.output)
        places = stages.add_model_stages(
            record,
            boxes,
            extras.boxes_only(spec),
            thresholds,
            max_rows=max_rows,
            seed=seed,
            postprocessing=self.postprocessing(given, spec.output),
        )
        self.add_extras(record, given, spec, *places)

    def add_random_stages(
        self, record: "Record", spec: ModelSpec, thresholds: Thresholds, *, max_rows: int, seed: int
    ) -> None:
        import numpy as np

        from edgegen.tasks import extras
        from edgegen.tasks.detect import stages

        every = np.arange(spec.output.candidates)
        values = self.draw(spec, np.random.RandomState(seed), len(every))
        given = extras.extras_with_values(spec.output, every, values)
        places = stages.add_random_stages(
            record,
            extras.boxes_only(spec),
            thresholds,
            max_rows=max_rows,
            seed=seed,
            postprocessing=self.postprocessing(given, spec.output),
        )
        self.add_extras(record, given, spec, *places)

    def postprocessing(self, given: Sequence["Float32"], output: OutputSpec) -> "Postprocessing":
        """Return the postprocessing of detection's part of the outputs, which may use the extras."""
        from edgegen.tasks.detect import pipeline

        return pipeline

    def draw(self, spec: ModelSpec, random: Any, count: int) -> "Float32":
        """Return random extras [count, channels]."""
        raise NotImplementedError

    def add_extras(
        self, record: "Record", given: Sequence["Float32"], spec: ModelSpec, rows: "Int64", decoded: "Int64"
    ) -> None:
        """Add the extras of rows to golden vectors, as the model gave them and decoded.

        given comes from `extras.extra_outputs`. rows and decoded are candidates; decoded may repeat some.
        """
        raise NotImplementedError
