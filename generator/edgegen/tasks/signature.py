"""The outputs of an exported model as its two files describe them. A task finds the contract."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edgegen.base.errors import InputError, UnsupportedModelError
from edgegen.base.strict_yaml import shorten
from edgegen.base.text import how_many
from edgegen.model.spec import NO_EXTRAS, Extras, OutputSpec

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
            raise self.contradiction(f"`{key}` is {format_value(recorded)}", f"has {format_value(actual)}")


def format_value(value: object) -> str:
    """Return a value as a message shows it."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(format_value, value))}]"
    return shorten(value) if isinstance(value, str) else str(value)


def format_shapes(shapes: Shapes | list[tuple[int, ...]]) -> str:
    """Return shapes as a message shows them."""
    return (
        ", ".join(str(list(shape)) for shape in shapes[:12]) + (", ..." if len(shapes) > 12 else "") or "none"
    )


def read_map(signature: Signature, contract: str, channels: int, takes: str) -> OutputSpec:
    """Return the specification of one map [1, channels, h, w], as large as the input or coarser.

    Raises:
        InputError: The output contradicts the metadata.
        UnsupportedModelError: The output is not such a map.
    """
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
