"""Lower a module to an ExecuTorch program."""

import copy
from collections.abc import Mapping
from typing import Any

from edgegen.base.progress import Progress
from edgegen.base.quiet import captured_stderr, quiet
from edgegen.runtimes.backend import Backend
from edgegen.runtimes.executorch.constants import with_folded_constants
from edgegen.runtimes.executorch.fast_lowering import fast_lowering
from edgegen.runtimes.runtime import Shapes


def lower(
    module: Any, input_hw: tuple[int, int], backend: Backend, progress: Progress
) -> tuple[bytes, Shapes]:
    """Return the program of a module that takes [1, 3, H, W], and the shapes of its outputs.

    Errors of torch and ExecuTorch are not wrapped.
    """
    import torch

    with quiet(), fast_lowering(), torch.no_grad():
        exported, shapes = trace(backend.rewrite(module, int8=False), input_hw, backend, progress)
        progress.step(f"Lower to {backend.title}")
        return lower_graph(exported, backend), shapes


def trace(module: Any, input_hw: tuple[int, int], backend: Backend, progress: Progress) -> tuple[Any, Shapes]:
    """Return the graph of a rewritten module, and the shapes of its outputs."""
    import torch

    example = torch.zeros(1, 3, *input_hw)
    progress.step("Trace with torch.export")
    outputs = module(example)  # also fixes the upsampling and a decoded head's anchor points for this size
    exported = _with_copied_weights(torch.export.export(module, (example,)))
    exported = backend.rewrite_traced(exported)
    exported = with_folded_constants(exported.run_decompositions(dict(backend.decompositions())))
    given = outputs if isinstance(outputs, tuple) else (outputs,)
    return exported, tuple(tuple(output.shape) for output in given)


def lower_graph(exported: Any, backend: Backend, constants: Mapping[str, float | int] | None = None) -> bytes:
    """Return the program of a graph. constants: methods of the program that return a number."""
    from executorch.exir import to_edge_transform_and_lower

    exported = exported.run_decompositions(dict(backend.decompositions_before_lowering()))
    with captured_stderr():  # coremltools draws progress bars
        edge = to_edge_transform_and_lower(
            exported, partitioner=[backend.partitioner()], constant_methods=dict(constants or {}) or None
        )
        return bytes(edge.to_executorch().buffer)


def _with_copied_weights(exported: Any) -> Any:
    """Return a traced program (`torch.export.ExportedProgram`) whose normalized layers share no weight.

    ExecuTorch 1.5.1 makes a batch normalization part of the layer before it, for XNNPACK and for Vulkan, and
    names the new weight after the old one. A second layer with that weight then gets the first one's, without
    an error. docs/reports/xnnpack-shared-weight.md has an example.
    """
    import torch

    if not any(len(_normalized(node)) > 1 for node in exported.graph.find_nodes(op="placeholder")):
        return exported
    module = exported.module()
    for node in module.graph.find_nodes(op="get_attr"):
        owner, _, name = str(node.target).rpartition(".")
        for number, layer in enumerate(_normalized(node)[1:], start=2):
            parent = module.get_submodule(owner)
            setattr(parent, f"{name}_{number}", copy.deepcopy(getattr(parent, name)))
            with module.graph.inserting_before(layer):
                copied = module.graph.get_attr(f"{node.target}_{number}")
            layer.replace_input_with(node, copied)
    module.recompile()
    inputs, _ = exported.example_inputs
    return torch.export.export(module, inputs)


def _normalized(node: Any) -> list[Any]:
    """Return the layers that use a constant, and that a batch normalization follows."""
    import torch

    norm = torch.ops.aten.batch_norm.default
    return [
        user
        for user in node.users
        if user.target != norm and [after.target for after in user.users] == [norm]
    ]
