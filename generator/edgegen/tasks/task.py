"""The base class of tasks, which docs/seams.md describes, and the signature of a model that a task reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any

from edgegen.base.errors import InputError, UnsupportedModelError
from edgegen.base.text import how_many, shorten
from edgegen.model.spec import (
    CENTRE_CROP,
    LETTERBOX,
    NO_EXTRAS,
    WHOLE_PICTURE,
    CheckpointFacts,
    Extras,
    InputSpec,
    OutputSpec,
    branch_of,
    ultralytics_shorter_side,
)

if TYPE_CHECKING:  # describing a model needs no numpy
    from edgegen.tasks.decoder import Decoder


Shapes = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Signature:
    """The shapes of a `.pte`, and what its metadata.yaml says of the outputs; None or "" if it does not."""

    pte: Path
    height: int  # of the input
    width: int
    shapes: Shapes  # of the outputs
    metadata: Path
    class_names: tuple[str, ...]
    stride: int | None = None  # the largest
    end2end: bool | None = None
    contract: str = ""  # "": from the shapes
    reg_max: int | None = None
    strides: tuple[int, ...] | None = None
    extras: Extras = NO_EXTRAS

    def contradiction(self, recorded: str, actual: str) -> InputError:
        """Return the error for a program and a metadata.yaml that contradict each other."""
        kind = self.pte.suffix  # .pte, or .onnx of a program after the first
        return InputError(
            f"{self.metadata} and {self.pte} contradict each other:"
            f" the metadata says {recorded}, the {kind} {actual}",
            f"use the metadata.yaml that was written with this {kind}",
        )

    def unsupported(self, takes: str) -> UnsupportedModelError:
        """Return the error for outputs of other shapes; `takes` lists the supported models."""
        return UnsupportedModelError(f"the outputs {format_shapes(self.shapes)} ({self.pte})", takes)

    def check_contract(self, contracts: Sequence[str]) -> None:
        """Raise InputError if a contract is recorded that is not one of these."""
        if self.contract not in ("", *contracts):
            raise InputError(
                f"{self.metadata}: `edgegen.output.contract` is {shorten(self.contract)},"
                f" not one of {', '.join(contracts)}"
            )

    def check_classes(self, actual: int) -> None:
        """Raise InputError if the outputs have another number of classes than `names`."""
        recorded = len(self.class_names)
        if recorded != actual:
            raise self.contradiction(f"{how_many(recorded, 'class')} in `names`", f"has {actual}")

    def agree(self, key: str, recorded: object, actual: object) -> None:
        """Raise InputError if a recorded value differs from the actual one. None means not recorded."""
        if recorded is not None and recorded != actual:
            raise self.contradiction(f"`{key}` is {_format_value(recorded)}", f"has {_format_value(actual)}")


class Task:
    """The contracts of a kind of model. The numpy code of the task is its `decoder`."""

    name: str  # as in metadata.yaml: "detect"
    decoder_path: str  # "module:class" of a `Decoder`, imported when it is needed
    takes: str  # the supported models, for messages
    meanings: Mapping[str, str]  # of the outputs of each contract, the default contract first
    heads: Sequence[str]  # contracts that edgegen exports, for `--head`
    # Contracts of Ultralytics' own exports: its predict takes their folders.
    library_contracts: Sequence[str]
    resizes: Sequence[str] = (LETTERBOX,)  # of `model.spec.RESIZES`, Ultralytics' first
    # Options of the apps: fields of Thresholds, `classes`, `top` (the max_det most probable classes),
    # `skeleton` (limbs between keypoints), `maps` (a file with a value for every pixel, named in the JSON).
    choices: Sequence[str]
    json_key: str  # key of the results in the apps' JSON: "detections"
    result_noun: str  # for reports: "boxes"
    loss_unit: str  # unit of `Result.lost_in`: "boxes", "pixels"
    kinds: Sequence[str] = ()  # the tensors of each level; empty for heads without boxes
    shared_outputs: Sequence[str] = ()  # outputs after those of candidates: "proto"

    @property
    def decoder(self) -> "Decoder":
        """Decoding, comparison and golden vectors in numpy."""
        decoder: Decoder = resolve_name(self.decoder_path)()
        return decoder

    def read_outputs(self, signature: Signature) -> OutputSpec:
        """Find the contract from shapes and metadata. Raise InputError if they contradict each other."""
        raise NotImplementedError

    def extras_parameters(self, output: OutputSpec) -> dict[str, Any]:
        """Return the parameters of the extras besides their shapes."""
        return {}

    def bounds(self, outputs: int) -> Mapping[int, tuple[float, float]]:
        """Return the useful value range of outputs, by their index.

        A quantizer spreads its steps over it. Calibration pictures alone would mislead: class logits go far
        below any threshold, and high ones may be missing.
        """
        return {}

    @property
    def contracts(self) -> tuple[str, ...]:
        """The contracts of a `.pte` of this task, the default first."""
        return tuple(self.meanings)

    def heads_of(self, facts: CheckpointFacts) -> Sequence[str]:
        """Return the contracts that edgegen can export a model with, the default first.

        A head with branches has those of them; `predict` uses the first branch.
        """
        if facts.contracts:
            return facts.contracts
        branches = facts.yolo.branches
        heads = [head for head in self.heads if not branches or branch_of(head) in branches]
        return sorted(heads, key=lambda head: branch_of(head) not in branches[:1])

    def explain(self, contract: str) -> dict[str, str]:
        """Return the description of a contract for `edgegen inspect`."""
        branch = {"branch": branch_of(contract)} if self.kinds else {}
        return {"returns": self.meanings[contract], **branch}

    def default_input(self, height: int, width: int) -> InputSpec:
        """Return Ultralytics' preprocessing of this task."""
        resize = self.resizes[0]
        side = ultralytics_shorter_side(height, width) if resize == CENTRE_CROP else WHOLE_PICTURE
        return InputSpec(height, width, resize=resize, shorter_side=side)

    def input_spec(self, facts: CheckpointFacts, height: int, width: int) -> InputSpec:
        """Return the preprocessing of an export of this size."""
        if not facts.inputs_by_size:
            return replace(facts.input, height=height, width=width)
        recorded = (each for each in facts.inputs_by_size if each.size == (height, width))
        return next(recorded, self.default_input(height, width))

    def parameters(self, output: OutputSpec) -> dict[str, Any]:
        """Return the parameters of the outputs besides their shapes, for reports and golden vectors."""
        return {**_levels(output), **self.extras_parameters(output)}

    def describe_outputs(self, output: OutputSpec) -> dict[str, Any]:
        """Return the mapping `output` of metadata.yaml, which `read_outputs` gets back."""
        names = ["detections" if self.kinds else output.contract]
        if output.has_levels:
            names = [f"{kind}{level}" for level in range(len(output.strides)) for kind in self.kinds]
        return {
            "contract": output.contract,
            **({"branch": branch_of(output.contract)} if self.kinds else {}),
            **_levels(output),
            "names": [*names, *self.shared_outputs],
            "shapes": [list(shape) for shape in output.shapes],
            **self.extras_parameters(output),
        }


def format_shapes(shapes: Shapes | list[tuple[int, ...]]) -> str:
    """Return shapes as a message shows them."""
    return (
        ", ".join(str(list(shape)) for shape in shapes[:12]) + (", ..." if len(shapes) > 12 else "") or "none"
    )


def read_map(signature: Signature, contract: str, channels: int, takes: str) -> OutputSpec:
    """Return the specification of one map [1, channels, h, w], as large as the input or coarser."""
    shapes = signature.shapes
    signature.check_contract([contract])
    if len(shapes) != 1 or len(shapes[0]) != 4 or shapes[0][0] != 1:
        raise signature.unsupported(takes)
    _, actual, height, width = shapes[0]
    if actual != channels:
        raise signature.contradiction(
            f"{how_many(channels, 'class')} in `names`", f"returns {format_shapes(shapes)}"
        )
    if not (0 < height <= signature.height and 0 < width <= signature.width):
        raise InputError(
            f"{signature.pte} returns {format_shapes(shapes)}, which is not a map of a"
            f" {signature.height}x{signature.width} input"
        )
    return OutputSpec(contract, shapes)


def _levels(output: OutputSpec) -> dict[str, Any]:
    return {"reg_max": output.reg_max, "strides": list(output.strides)} if output.has_levels else {}


def _format_value(value: object) -> str:
    """Return a value as a message shows it."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(_format_value, value))}]"
    return shorten(value) if isinstance(value, str) else str(value)
