"""The quantization of a `.pte`'s int8 input and outputs, stored in methods that return a constant."""

from typing import Final

from edgegen.artifacts.pte import Method, PteContent, Value
from edgegen.model.precision import FLOAT32, INT8, Steps

METHOD: Final = "forward"


def step_methods(side: str, number: int) -> tuple[str, str]:
    """Return the names of the methods for scale and zero point; side is "input" or "output"."""
    return f"{METHOD}_{side}{number}_scale", f"{METHOD}_{side}{number}_zp"


def read_steps(program: PteContent) -> tuple[tuple[Steps | None, ...], tuple[Steps | None, ...]]:
    """Return the steps of all inputs and outputs, None for those that are not int8.

    Raises:
        ValueError: A tensor is int8 and has no valid scale and zero point.
    """
    method = program.method(METHOD)
    if method is None:
        return (), ()

    def steps(side: str, number: int, value: Value) -> Steps | None:
        if value.dtype != INT8.name:
            return None
        scale, zero_point = (program.constant(name) for name in step_methods(side, number))
        if scale is None or zero_point is None or not scale > 0 or not -128 <= zero_point <= 127:
            raise ValueError(f"int8 {side} {number} without scale and zero point")
        return Steps(scale, int(zero_point))

    inputs = tuple(steps("input", number, value) for number, value in enumerate(method.inputs))
    return inputs, tuple(steps("output", number, value) for number, value in enumerate(method.outputs))


def describe_tensor(
    side: str, number: int, steps: Steps | None, shape: tuple[int, ...]
) -> tuple[Value, list[Method]]:
    """Return an input or output as a `.pte` describes it, with the methods for its steps."""
    if steps is None:
        return Value("tensor", FLOAT32.name, shape), []
    scale, zero_point = step_methods(side, number)
    constants = (
        (scale, Value("float", number=steps.scale)),
        (zero_point, Value("int", number=steps.zero_point)),
    )
    return Value("tensor", INT8.name, shape), [
        Method(name, (), (value,), (), ()) for name, value in constants
    ]
