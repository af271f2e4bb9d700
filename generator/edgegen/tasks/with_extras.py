"""Tasks whose candidates have more than a box and a class: detection answers for boxes, a task for more."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from edgegen.model.spec import ModelSpec, OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.tasks.detect import contract
from edgegen.tasks.detect.task import Detect
from edgegen.tasks.extras_contract import without_extras

if TYPE_CHECKING:  # numpy comes with the first number that is asked for
    import numpy as np
    import numpy.typing as npt

    from edgegen.tasks.detect.stages import Postprocessing
    from edgegen.tasks.record import Record
    from edgegen.tasks.task import Outputs

    Float32 = npt.NDArray[np.float32]
    Int64 = npt.NDArray[np.int64]


class WithExtras(Detect):
    """What such tasks share; each says what its extras are, and what becomes of them."""

    kinds: Sequence[str]  # ("box", "cls", "kpt"), say
    gives: str  # beside boxes, in words: "keypoints"

    def explain(self, name: str) -> dict[str, str]:
        """Say what is returned, and of which branch of the head."""
        said = contract.explain(name)
        return {**said, "returns": said["returns"].replace("boxes", f"boxes, {self.gives}", 1)}

    def own_parameters(self, output: OutputSpec) -> Mapping[str, Any]:
        """Return what tells the extras beside their shapes."""
        return {}

    def parameters(self, output: OutputSpec) -> Mapping[str, Any]:
        """Name bins and strides, and what tells the extras."""
        return {**contract.parameters(output), **self.own_parameters(output)}

    def describe_outputs(self, output: OutputSpec) -> Mapping[str, Any]:
        """Name the branch, the bins, the strides and what tells the extras."""
        return {**contract.describe_outputs(output, self.kinds), **self.own_parameters(output)}

    def thresholds_with_results(
        self, outputs: "Outputs", output: OutputSpec, thresholds: Thresholds
    ) -> Thresholds:
        """Lower the confidence until a box is shown."""
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
        """Add what detection adds, and the extras of its rows."""
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
        """Add what detection adds, and extras drawn at random."""
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
        """Return how detection's part of the outputs becomes candidates; extras may have a say in it."""
        from edgegen.tasks.detect import pipeline

        return pipeline

    def draw(self, spec: ModelSpec, random: Any, count: int) -> "Float32":
        """Return extras [count, channels] drawn at random."""
        raise NotImplementedError

    def add_extras(
        self, record: "Record", given: Sequence["Float32"], spec: ModelSpec, rows: "Int64", decoded: "Int64"
    ) -> None:
        """Add the extras of rows as the model gave them, and what becomes of them.

        given is what `extras.extra_outputs` returns; rows and decoded are numbers of candidates, of which one
        may stand several times in decoded.
        """
        raise NotImplementedError
