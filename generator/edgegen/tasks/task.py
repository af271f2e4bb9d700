"""What a task answers: the seam of docs/seams.md."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from edgegen.model.facts import Facts
from edgegen.model.precision import Precision
from edgegen.model.spec import InputSpec, ModelSpec, OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.reference import LetterboxPlan
from edgegen.tasks.loss import Loss
from edgegen.tasks.prepared import Prepared
from edgegen.tasks.record import Record
from edgegen.tasks.signature import Signature
from edgegen.tasks.stage import Stage

Arrays = Mapping[str, npt.NDArray[Any]]
Outputs = Sequence[npt.NDArray[np.float32]]


class Result(Protocol):
    """What is shown for a picture; its length is how many things that are."""

    def __len__(self) -> int:
        """Return how many."""


class Comparison(Protocol):
    """How two results of one picture differ; as text, in one line."""

    @property
    def passed(self) -> bool:
        """Whether the differences are within tolerance."""

    @property
    def problems(self) -> tuple[str, ...]:
        """What only one side shows, and no threshold explains."""

    def stages(self, name: str) -> list[Stage]:
        """Return the lines of a report that say so; the first has this name, others begin with it."""


class Task(Protocol):
    """What a model's outputs mean. Arrays are float32; outputs come in the order that the `.pte` has."""

    name: str  # what metadata.yaml calls it: "detect"
    takes: str  # which models of this task edgegen takes, for messages
    contracts: Sequence[str]  # what a `.pte` of this task may return; the default one first

    heads: Sequence[str]  # those of them that an export makes, for `--head`
    library_contracts: Sequence[
        str
    ]  # those that Ultralytics' own exports have: its predict takes their folders
    resize: str  # how a picture comes into the input: one of `model.spec.RESIZES`
    # What an app can be asked for: fields of Thresholds, `classes`, and `top`: the likeliest classes of a
    # picture, as many as max_det says; `skeleton`: limbs between keypoints; `maps`: apps write a file, which
    # their JSON names, with a number for every pixel.
    choices: Sequence[str]
    json_key: str  # what apps' JSON calls the list of what is shown: "detections"
    result_noun: str  # what that is, in words, for reports: "boxes"
    loss_unit: str  # what `lost` counts: "boxes", "pixels"

    def usual_head(self, branches: Sequence[str]) -> str:
        """Return what an export makes of a head with these branches; the first is what `predict` uses."""

    def explain(self, contract: str) -> Mapping[str, str]:
        """Return what `edgegen inspect` says of a contract, in words."""

    def input_spec(self, facts: Facts, height: int, width: int) -> InputSpec:
        """Return what the input of an export of this size is."""

    def prepare(self, rgb: npt.NDArray[np.uint8], spec: InputSpec) -> Prepared:
        """Return what the model is given of a picture [h, w, 3]."""

    def cut(self, model: Any, contract: str) -> Any:
        """Return the module that gives a contract's outputs; it shares the model's weights."""

    def read_outputs(self, signature: Signature) -> OutputSpec:
        """Tell the contract from the shapes and the claims; InputError where they contradict each other."""

    def parameters(self, output: OutputSpec) -> Mapping[str, Any]:
        """Return what tells the outputs of a contract beside their shapes, for people and golden vectors."""

    def describe_outputs(self, output: OutputSpec) -> Mapping[str, Any]:
        """Return the mapping `output` of metadata.yaml, from which `read_outputs` reads it again."""

    def tolerances(self, contract: str, precision: Precision) -> Mapping[str, float]:
        """Return what counts as the same, by name: the golden vectors carry it to every target."""

    def compare_outputs(self, ours: Outputs, theirs: Outputs, output: OutputSpec) -> list[Stage]:
        """Compare all numbers of two runs of the model."""

    def result(
        self,
        outputs: Outputs,
        output: OutputSpec,
        plan: LetterboxPlan,
        thresholds: Thresholds,
        keep_classes: Sequence[int] | None = None,
    ) -> Any:
        """Return what is shown: decoded, chosen, and brought back to the picture."""

    def bounds(self, contract: str, outputs: int) -> Mapping[int, tuple[float, float]]:
        """Return between which values some of that many outputs matter, by their place.

        A quantizer spends its steps there, whatever the pictures show that it watches: logits of classes go
        far below what any threshold can reach, and high ones may be missing on these pictures.
        """

    def lost(self, ours: Any, theirs: Any) -> Loss:
        """Count what theirs shows of a picture, and ours does not or elsewhere."""

    def compare(self, ours: Any, theirs: Any, thresholds: Thresholds, output: OutputSpec) -> Comparison:
        """Compare two results of one picture."""

    @property
    def row_confidence(self) -> float:
        """The score above which golden vectors keep rows; 1 where there are none."""

    def row_bytes(self, spec: ModelSpec) -> tuple[int, int]:
        """Return how many bytes of golden vectors a picture takes beside its rows, and each row."""

    def thresholds_with_results(
        self, outputs: Outputs, output: OutputSpec, thresholds: Thresholds
    ) -> Thresholds:
        """Return thresholds at which the picture shows something, if any do."""

    def add_model_stages(
        self,
        record: Record,
        outputs: Outputs,
        spec: ModelSpec,
        thresholds: Thresholds,
        *,
        max_rows: int,
        seed: int,
    ) -> None:
        """Add to golden vectors what the model gives, and what becomes of it."""

    def add_random_stages(
        self, record: Record, spec: ModelSpec, thresholds: Thresholds, *, max_rows: int, seed: int
    ) -> None:
        """Add the same of outputs drawn at random, where no model can be run."""

    def add_result(self, record: Record, shown: Any) -> None:
        """Add to golden vectors what is to be shown."""

    def trim(self, arrays: Arrays, contract: str, rows: int, max_det: int) -> Arrays:
        """Return a picture's golden arrays with its best candidates only, in the same order.

        What is left has to be what the whole chain would give for those candidates alone.
        """

    def shows_something(self, arrays: Arrays) -> bool:
        """Tell whether a picture's golden arrays have anything that is shown."""

    def to_json(self, shown: Any, class_names: Sequence[str]) -> list[dict[str, Any]]:
        """Return what is shown as the apps print it."""

    def from_json(self, rows: Sequence[Mapping[str, Any]]) -> Any:
        """Return the result of which an app printed this; of classes the numbers do."""

    def spoken_text(self, shown: Any, class_names: Sequence[str]) -> str:
        """Return what an app reads out to those who do not see the screen."""
