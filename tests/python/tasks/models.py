"""Small models of tasks with extras: random outputs, and an authority that returns them."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from edgegen.artifacts import vector_files
from edgegen.model.spec import Extras, InputSpec, ModelSpec, OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.reference import letterbox, plan_letterbox
from edgegen.tasks import extras
from edgegen.tasks.detect.decoder import random_outputs
from edgegen.tasks.task import Signature
from tests.helpers.specs import spec_from_metadata

Float32 = npt.NDArray[np.float32]
STRIDES: Final = (8, 16, 32)
HW: Final = (96, 160)
CLASSES: Final = ("person", "dog")
PROTOTYPES: Final = (24, 40)  # height, width


def output_of(contract: str, told: Extras, prototypes: bool = False) -> OutputSpec:
    """Return the outputs of a small model of a contract."""
    cells = [(HW[0] // stride, HW[1] // stride) for stride in STRIDES]
    n, more = sum(h * w for h, w in cells), told.channels
    last = ((1, more, *PROTOTYPES),) if prototypes else ()
    if contract == "decoded":
        return OutputSpec(contract, ((1, 4 + len(CLASSES) + more, n), *last), extras=told)
    if contract == "detections":
        return OutputSpec(contract, ((1, 300, 6 + more), *last), classes=len(CLASSES), extras=told)
    bins = 16 if contract == "raw" else 1
    shapes = tuple((1, c, h, w) for h, w in cells for c in (4 * bins, len(CLASSES), more))
    return OutputSpec(contract, (*shapes, *last), bins, STRIDES, extras=told)


def model(task: str, output: OutputSpec) -> ModelSpec:
    return spec_from_metadata(task, CLASSES, InputSpec(*HW), output)


def extras_only(output: OutputSpec, candidates: npt.NDArray[Any], values: Float32) -> list[Float32]:
    """Return outputs with these extras [n, channels] of candidates; boxes, classes and all others are 0."""
    table = np.zeros((output.candidates, output.extras.channels), np.float32)
    table[candidates.astype(np.int64)] = values
    empty = [np.zeros(shape, np.float32) for shape in output.without_extras().shapes]
    return extras.with_extras(empty, table, output)


def outputs_of(spec: ModelSpec, seed: int = 7) -> list[Float32]:
    """Return random outputs with some detections."""
    few, classes = random_outputs(spec, seed, 60)
    assert len(classes) == len(CLASSES)
    channels, n = spec.output.extras.channels, spec.output.candidates
    random = np.random.default_rng(seed)
    values = random.normal(0, 2, (n, channels)).astype(np.float32)
    if not spec.output.has_levels:
        values = np.abs(values) * 30
    made = extras.with_extras(few, values, spec.output)
    last = spec.output.shapes[len(made) :]
    return [*made, *(random.normal(0, 1, shape).astype(np.float32) for shape in last)]


def same(shown: Any) -> Any:
    return shown


class Made:
    """An authority whose model gives the same outputs for every picture."""

    source = "pytorch"

    def __init__(self, task: Any, spec: ModelSpec, spoil: Callable[[Any], Any] = same) -> None:
        self._task, self._spec, self._spoil = task, spec, spoil

    def letterboxed(self, rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        return letterbox(rgb, HW)

    def outputs(self, _tensor: Float32) -> list[Float32]:
        return outputs_of(self._spec)

    def result(self, rgb: npt.NDArray[np.uint8], thresholds: Thresholds, _kept: Any = ()) -> Any:
        plan = plan_letterbox((rgb.shape[0], rgb.shape[1]), HW)
        return self._spoil(
            self._task.decoder.result(outputs_of(self._spec), self._spec.output, plan, thresholds)
        )


def signature(output: OutputSpec, **changes: Any) -> Signature:
    """Return the signature of a model; `changes` replaces values of the metadata."""
    said = {
        "end2end": output.contract in {"end2end", "detections"},
        "extras": output.extras,
        "contract": output.contract,
        **changes,
    }
    return Signature(Path("model.pte"), *HW, output.shapes, Path("metadata.yaml"), CLASSES, 32, **said)


def arrays_of(folder: Path) -> list[tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]]:
    """Return the description and the arrays of each picture in a folder of golden vectors."""
    files = vector_files.read(folder, "")
    return [(dict(e.about), {name: e.array(name) for name in e.names}) for e in files.entries]


def check_compare_outputs(task: Any, spec: ModelSpec, parts: Sequence[Callable[..., Any]]) -> None:
    """Require that equal outputs pass, and that a wrong value in one of the parts fails."""
    right = outputs_of(spec)
    assert all(stage.passed for stage in task.decoder.compare_outputs(right, right, spec.output))
    for of in parts:
        spoilt = [tensor.copy() for tensor in right]
        part = of(spoilt, spec.output)[0]  # a view, or the tensor itself
        part[(0,) * part.ndim] += 1.0
        assert not all(stage.passed for stage in task.decoder.compare_outputs(spoilt, right, spec.output)), of
