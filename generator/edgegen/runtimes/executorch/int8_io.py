"""Int8 inputs and outputs of a program, without conversion from or to float32."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edgegen.artifacts.pte import read_pte, read_steps, step_methods
from edgegen.base.arrays import Float32
from edgegen.base.errors import UnsupportedModelError
from edgegen.model.precision import Steps


def remove_io_quantizers(graph: Any, outputs: Collection[int]) -> tuple[Steps | None, list[Steps | None]]:
    """Remove the quantizer of a converted graph's input, and the dequantizers of some outputs.

    Return the steps of the input and of each output; None for what stays float32, because it has no quantizer
    or several different ones.
    """
    import torch

    quantize = torch.ops.quantized_decomposed.quantize_per_tensor.default
    dequantize = torch.ops.quantized_decomposed.dequantize_per_tensor.default
    entry = next(node for node in graph.graph.nodes if node.op == "placeholder")
    quantizers = list(entry.users)
    input_steps = None
    rules = {node.args[1:] for node in quantizers if node.target == quantize}
    if len(rules) == 1 and all(node.target == quantize for node in quantizers):
        input_steps = _steps(quantizers[0])
        for node in quantizers:
            node.replace_all_uses_with(entry)
            graph.graph.erase_node(node)
    exit_node = next(node for node in graph.graph.nodes if node.op == "output")
    results = exit_node.args[0]
    nodes = list(results) if isinstance(results, (tuple, list)) else [results]
    output_steps: list[Steps | None] = []
    for number, node in enumerate(nodes):
        is_open = number in outputs and node.target == dequantize
        output_steps.append(_steps(node) if is_open else None)
        nodes[number] = node.args[0] if is_open else node
    exit_node.args = (tuple(nodes) if isinstance(results, (tuple, list)) else nodes[0],)
    graph.graph.eliminate_dead_code()
    graph.recompile()
    return input_steps, output_steps


def _steps(node: Any) -> Steps:
    """Return the steps of a quantizer node: its arguments are tensor, scale, zero point, ..."""
    return Steps(float(np.float32(node.args[1])), int(node.args[2]))


def constants(input_steps: Steps | None, output_steps: Sequence[Steps | None]) -> dict[str, float | int]:
    """Return the constant methods with which a program declares the steps of its input and outputs."""
    outputs = [("output", number, steps) for number, steps in enumerate(output_steps)]
    methods: dict[str, float | int] = {}
    for side, number, steps in [("input", 0, input_steps), *outputs]:
        if steps is not None:
            scale, zero_point = step_methods(side, number)
            methods |= {scale: steps.scale, zero_point: steps.zero_point}
    return methods


class Int8Io:
    """Converts a `.pte`'s input and outputs from and to float32."""

    def __init__(self, pte: Path) -> None:
        try:
            inputs, self.output_steps = read_steps(read_pte(pte))
        except ValueError as error:
            raise UnsupportedModelError(f"{error} ({pte})", "export the model again") from None
        self.input_steps = inputs[0] if inputs else None

    def enter(self, tensor: Float32) -> npt.NDArray[Any]:
        """Return the input in the program's type."""
        return np.ascontiguousarray(tensor if self.input_steps is None else self.input_steps.numbers(tensor))

    def leave(self, outputs: Sequence[Any]) -> list["Output"]:
        """Return the outputs of a run. Read each with numpy before the next run."""
        return [Output(output, steps) for output, steps in zip(outputs, self.output_steps, strict=True)]


@dataclass(frozen=True)
class Output:
    """A tensor in the runtime's memory, valid until the next run. numpy reads it as a float32 copy."""

    tensor: Any
    steps: Steps | None

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Float32:
        """Return the values as float32."""
        numbers = self.tensor.numpy()
        return np.array(numbers, dtype=np.float32) if self.steps is None else self.steps.values(numbers)
