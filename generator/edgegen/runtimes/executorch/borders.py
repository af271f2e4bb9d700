"""Int8 at a program's own input and outputs: taken as it comes, and given as it is."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edgegen.artifacts.borders import read_steps, step_methods
from edgegen.artifacts.pte import read_pte
from edgegen.base.errors import UnsupportedModelError
from edgegen.model.steps import Steps

Float32 = npt.NDArray[np.float32]


def open_borders(graph: Any, outputs: Collection[int]) -> tuple[Steps | None, list[Steps | None]]:
    """Take the first quantizer of a converted graph away, and the last of some outputs.

    Returns the steps of the input and of each output, None for what stays float32: where nothing is quantized
    beside it, or by more than one rule.
    """
    import torch

    quantize = torch.ops.quantized_decomposed.quantize_per_tensor.default
    dequantize = torch.ops.quantized_decomposed.dequantize_per_tensor.default
    given = next(node for node in graph.graph.nodes if node.op == "placeholder")
    quantizers = list(given.users)
    taken = None
    rules = {node.args[1:] for node in quantizers if node.target == quantize}
    if len(rules) == 1 and all(node.target == quantize for node in quantizers):
        taken = _steps(quantizers[0])
        for node in quantizers:
            node.replace_all_uses_with(given)
            graph.graph.erase_node(node)
    last = next(node for node in graph.graph.nodes if node.op == "output")
    shown = last.args[0]
    nodes = list(shown) if isinstance(shown, (tuple, list)) else [shown]
    gives: list[Steps | None] = []
    for number, node in enumerate(nodes):
        is_open = number in outputs and node.target == dequantize
        gives.append(_steps(node) if is_open else None)
        nodes[number] = node.args[0] if is_open else node
    last.args = (tuple(nodes) if isinstance(shown, (tuple, list)) else nodes[0],)
    graph.graph.eliminate_dead_code()
    graph.recompile()
    return taken, gives


def _steps(node: Any) -> Steps:
    """Return what a quantizer goes by: (tensor, scale, zero point, ...)."""
    return Steps(float(np.float32(node.args[1])), int(node.args[2]))


def constants(taken: Steps | None, gives: Sequence[Steps | None]) -> dict[str, float | int]:
    """Return the methods by which a program says what its numbers stand for."""
    all_of_them = [("input", 0, taken), *(("output", number, steps) for number, steps in enumerate(gives))]
    said: dict[str, float | int] = {}
    for side, number, steps in all_of_them:
        if steps is not None:
            scale, zero_point = step_methods(side, number)
            said |= {scale: steps.scale, zero_point: steps.zero_point}
    return said


class Borders:
    """What goes into a `.pte` and what comes out, for those who deal in float32."""

    def __init__(self, pte: Path) -> None:
        try:
            given, self.gives = read_steps(read_pte(pte))
        except ValueError as error:
            raise UnsupportedModelError(f"{error} ({pte})", "export the model again") from None
        self.given = given[0] if given else None

    def enter(self, tensor: Float32) -> npt.NDArray[Any]:
        """Return the input as the program takes it."""
        return np.ascontiguousarray(tensor if self.given is None else self.given.numbers(tensor))

    def leave(self, outputs: Sequence[Any]) -> list["Output"]:
        """Return the outputs of a run, each to be read by numpy before the next run."""
        return [Output(output, steps) for output, steps in zip(outputs, self.gives, strict=True)]


@dataclass(frozen=True)
class Output:
    """A tensor of the runtime's own, which the next run writes over; as an array it is a float32 copy."""

    tensor: Any
    steps: Steps | None

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Float32:
        """Return the values; numpy calls this."""
        numbers = self.tensor.numpy()
        return np.array(numbers, dtype=np.float32) if self.steps is None else self.steps.values(numbers)
