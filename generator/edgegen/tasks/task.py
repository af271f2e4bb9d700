"""The interface of a task, which docs/seams.md describes."""

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
    """The result for a picture; its length is the number of objects."""

    def __len__(self) -> int:
        """Return the number of objects."""


class Comparison(Protocol):
    """The differences of two results for one picture; str() gives them in one line."""

    @property
    def passed(self) -> bool:
        """Whether the differences are within tolerance."""

    @property
    def problems(self) -> tuple[str, ...]:
        """Objects of one side that no threshold explains."""

    def stages(self, name: str) -> list[Stage]:
        """Return the report's lines; the first has this name, the names of others begin with it."""


class Task(Protocol):
    """The meaning of a model's outputs, which are float32 arrays in the order of the `.pte`."""

    name: str  # as in metadata.yaml: "detect"
    takes: str  # the supported models, for messages
    contracts: Sequence[str]  # of a `.pte` of this task, the default first

    heads: Sequence[str]  # contracts that edgegen exports, for `--head`
    library_contracts: Sequence[
        str
    ]  # those that Ultralytics' own exports have: its predict takes their folders
    resize: str  # one of `model.spec.RESIZES`
    # Options of the apps: fields of Thresholds, `classes`, `top` (the max_det most probable classes),
    # `skeleton` (limbs between keypoints), `maps` (a file with a value for every pixel, named in the JSON).
    choices: Sequence[str]
    json_key: str  # key of the results in the apps' JSON: "detections"
    result_noun: str  # for reports: "boxes"
    loss_unit: str  # unit of `lost`: "boxes", "pixels"

    def usual_head(self, branches: Sequence[str]) -> str:
        """Return the default contract for a head with these branches; `predict` uses the first."""

    def explain(self, contract: str) -> Mapping[str, str]:
        """Return the description of a contract for `edgegen inspect`."""

    def input_spec(self, facts: Facts, height: int, width: int) -> InputSpec:
        """Return the preprocessing of an export with this input size."""

    def prepare(self, rgb: npt.NDArray[np.uint8], spec: InputSpec) -> Prepared:
        """Preprocess a picture [h, w, 3]."""

    def read_outputs(self, signature: Signature) -> OutputSpec:
        """Find the contract from shapes and claims. Raise InputError if they contradict each other."""

    def parameters(self, output: OutputSpec) -> Mapping[str, Any]:
        """Return the parameters of the outputs besides their shapes, for reports and golden vectors."""

    def describe_outputs(self, output: OutputSpec) -> Mapping[str, Any]:
        """Return the mapping `output` of metadata.yaml, which `read_outputs` gets back as claims."""

    def tolerances(self, contract: str, precision: Precision) -> Mapping[str, float]:
        """Return the tolerances by name. Golden vectors carry them to every target."""

    def compare_outputs(self, ours: Outputs, theirs: Outputs, output: OutputSpec) -> list[Stage]:
        """Compare all output values of two runs of the model."""

    def result(
        self,
        outputs: Outputs,
        output: OutputSpec,
        plan: LetterboxPlan,
        thresholds: Thresholds,
        keep_classes: Sequence[int] | None = None,
    ) -> Any:
        """Return the result: decoded, selected, and mapped to the picture. keep_classes None keeps all."""

    def bounds(self, contract: str, outputs: int) -> Mapping[int, tuple[float, float]]:
        """Return the useful value range of outputs, by their index.

        A quantizer spreads its steps over it. Calibration pictures alone would mislead: class logits go far
        below any threshold, and high ones may be missing.
        """

    def lost(self, ours: Any, theirs: Any) -> Loss:
        """Count the objects of theirs that ours does not have, or has elsewhere."""

    def compare(self, ours: Any, theirs: Any, thresholds: Thresholds, output: OutputSpec) -> Comparison:
        """Compare two results for one picture."""

    @property
    def row_confidence(self) -> float:
        """The score above which golden vectors keep candidates; 1 for tasks without candidates."""

    def row_bytes(self, spec: ModelSpec) -> tuple[int, int]:
        """Return the bytes of golden vectors for a picture without rows, and for each row (candidate)."""

    def thresholds_with_results(
        self, outputs: Outputs, output: OutputSpec, thresholds: Thresholds
    ) -> Thresholds:
        """Return thresholds at which the picture has a result, if possible."""

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
        """Add the model's outputs and their postprocessing to golden vectors."""

    def add_random_stages(
        self, record: Record, spec: ModelSpec, thresholds: Thresholds, *, max_rows: int, seed: int
    ) -> None:
        """Add the same for random outputs, which need no model."""

    def add_result(self, record: Record, shown: Any) -> None:
        """Add the result to golden vectors."""

    def trim(self, arrays: Arrays, contract: str, rows: int, max_det: int) -> Arrays:
        """Return a picture's golden arrays with its best candidates only, in the same order.

        They must equal what postprocessing gives for these candidates alone.
        """

    def shows_something(self, arrays: Arrays) -> bool:
        """Return whether a picture's golden arrays have a result."""

    def to_json(self, shown: Any, class_names: Sequence[str]) -> list[dict[str, Any]]:
        """Return a result in the format of the apps' JSON."""

    def from_json(self, rows: Sequence[Mapping[str, Any]]) -> Any:
        """Return the result from an app's JSON. Class names are not needed."""

    def spoken_text(self, shown: Any, class_names: Sequence[str]) -> str:
        """Return the text for screen-reader users, best score first: `3 bowl, 1 broccoli`."""
