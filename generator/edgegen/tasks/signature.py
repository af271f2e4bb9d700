"""The outputs of an exported model and their description: a task finds the contract from both."""

from dataclasses import dataclass
from pathlib import Path

from edgegen.base.errors import InputError
from edgegen.base.strict_yaml import shorten
from edgegen.model.spec import NO_EXTRAS, Extras

Shapes = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Claims:
    """The description of the outputs in metadata.yaml. Absent values are None or ""."""

    path: Path
    class_names: tuple[str, ...]
    stride: int | None = None  # the largest
    end2end: bool | None = None
    contract: str = ""  # "": from the shapes
    reg_max: int | None = None
    strides: tuple[int, ...] | None = None
    extras: Extras = NO_EXTRAS


@dataclass(frozen=True)
class Signature:
    """The input's size and the outputs' shapes of a `.pte`, with the claims of its metadata."""

    pte: Path
    height: int  # of the input
    width: int
    shapes: Shapes
    claims: Claims

    def contradiction(self, recorded: str, actual: str) -> InputError:
        """Return the error for a `.pte` and a metadata.yaml that contradict each other."""
        return InputError(
            f"{self.claims.path} and {self.pte} contradict each other:"
            f" the metadata says {recorded}, the .pte {actual}",
            "use the metadata.yaml that was written with this .pte",
        )

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
