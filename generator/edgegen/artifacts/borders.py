"""What a `.pte` says of its int8 input and outputs: methods that only name a number, as ExecuTorch has them."""

from typing import Final

from edgegen.artifacts.pte import Program, Value
from edgegen.model.precision import INT8
from edgegen.model.steps import Steps

METHOD: Final = "forward"


def names(side: str, number: int) -> tuple[str, str]:
    """Return the methods that say scale and zero point; side is "input" or "output"."""
    return f"{METHOD}_{side}{number}_scale", f"{METHOD}_{side}{number}_zp"


def sides(program: Program) -> tuple[tuple[Steps | None, ...], tuple[Steps | None, ...]]:
    """Return the steps of the inputs and of the outputs, None for what is not int8.

    Raises:
        ValueError: Something is int8, and its scale and zero point are not said.
    """
    method = program.method(METHOD)
    if method is None:
        return (), ()

    def steps(side: str, number: int, value: Value) -> Steps | None:
        if value.dtype != INT8.name:
            return None
        scale, zero_point = (program.constant(name) for name in names(side, number))
        if scale is None or zero_point is None or not scale > 0 or not -128 <= zero_point <= 127:
            raise ValueError(f"{side} {number} in int8, of which no method says what it stands for")
        return Steps(scale, int(zero_point))

    inputs = tuple(steps("input", number, value) for number, value in enumerate(method.inputs))
    return inputs, tuple(steps("output", number, value) for number, value in enumerate(method.outputs))
