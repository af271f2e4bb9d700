"""What a task is shown of an exported model to tell its contract: the outputs, and what is said of them."""

from dataclasses import dataclass
from pathlib import Path

from edgegen.base.errors import InputError
from edgegen.base.strict_yaml import shorten
from edgegen.model.facts import Facts
from edgegen.model.spec import NO_EXTRAS, ONE_TO_ONE, Extras, branch_of

Shapes = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Claims:
    """What metadata.yaml says of the outputs; None and "" stand for what it does not say."""

    path: Path
    class_names: tuple[str, ...]
    stride: int | None = None  # the largest
    end2end: bool | None = None
    contract: str = ""  # "": the shapes decide
    reg_max: int | None = None
    strides: tuple[int, ...] | None = None
    extras: Extras = NO_EXTRAS


def claims_of(facts: Facts, path: Path, contract: str) -> Claims:
    """Return what metadata.yaml is going to say of a model that is being exported."""
    end2end = branch_of(contract) == ONE_TO_ONE
    said = (facts.class_names, facts.largest_stride, end2end, contract, facts.reg_max, facts.strides)
    return Claims(path, *said, facts.extras)


@dataclass(frozen=True)
class Signature:
    """The input's size and the outputs' shapes of a `.pte`, and the claims beside it."""

    pte: Path
    height: int  # of the input
    width: int
    shapes: Shapes
    claims: Claims

    def contradiction(self, said: str, found: str) -> InputError:
        """Return the error for two files that do not belong together."""
        return InputError(
            f"{self.claims.path} and {self.pte} contradict each other:"
            f" the metadata says {said}, the .pte {found}",
            "use the metadata.yaml that was written with this .pte",
        )

    def agree(self, key: str, said: object, found: object) -> None:
        """Refuse a recorded value that is not what the `.pte` has; None: nothing was recorded."""
        if said is not None and said != found:
            raise self.contradiction(f"`{key}` is {format_value(said)}", f"has {format_value(found)}")


def format_value(value: object) -> str:
    """Return a value as a message names it."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(format_value, value))}]"
    return shorten(value) if isinstance(value, str) else str(value)


def format_shapes(shapes: Shapes | list[tuple[int, ...]]) -> str:
    """Return shapes as a message names them."""
    return (
        ", ".join(str(list(shape)) for shape in shapes[:12]) + (", ..." if len(shapes) > 12 else "") or "none"
    )
