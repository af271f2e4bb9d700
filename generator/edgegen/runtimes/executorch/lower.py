"""Lower a module to an ExecuTorch program."""

import copy
from collections.abc import Mapping
from typing import Any, Final

from edgegen.base.progress import Progress
from edgegen.base.quiet import captured_stderr, quiet
from edgegen.runtimes.backend import Backend
from edgegen.runtimes.executorch.fast_lowering import fast_lowering
from edgegen.runtimes.runtime import Shapes

_FOLDED: Final = "folded_{}"  # the name of a constant


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


def with_folded_constants(exported: Any) -> Any:
    """Return a functional program (`torch.export.ExportedProgram`) that computes nothing from constants.

    Detection transformers compute anchors, position embeddings and masks from the size of the input. No
    delegate takes the integers and booleans in between, so each such computation would split the program.
    A program whose results of constants are all float32 is returned as it is: delegates take those.
    """
    import torch

    if not _has_other_constant_results(exported):
        return exported
    module = exported.module()
    for check in module.graph.find_nodes(
        op="call_function", target=torch.ops.aten._assert_tensor_metadata.default
    ):
        module.graph.erase_node(check)
    _fold(module)
    module.graph.eliminate_dead_code()
    used = {node.target for node in module.graph.find_nodes(op="get_attr")}
    for name in [*dict(module.named_parameters()), *dict(module.named_buffers())]:
        if name not in used:  # it would stay in the program
            owner, _, last = name.rpartition(".")
            delattr(module.get_submodule(owner), last)
    module.recompile()
    inputs, _ = exported.example_inputs
    return torch.export.export(module, inputs).run_decompositions({})


def _of_shapes() -> tuple[Any, ...]:
    """Return the operators whose result depends on the shape and type of their argument alone."""
    import torch

    aten = torch.ops.aten
    return aten.zeros_like.default, aten.ones_like.default, aten.full_like.default


def _has_other_constant_results(exported: Any) -> bool:
    """Return whether a node that depends on no value of an input gives another type than float32.

    A program with an operator of `_of_shapes` has such results too, whatever their type.
    """
    import torch

    inputs, of_shapes = set(exported.graph_signature.user_inputs), _of_shapes()
    dependent = set[Any]()
    for node in exported.graph.nodes:
        if node.op == "placeholder":
            if node.name in inputs:
                dependent.add(node)
        elif node.op == "call_function":
            value = node.meta.get("val")
            is_constant = dependent.isdisjoint(node.all_input_nodes)
            if is_constant and isinstance(value, torch.Tensor) and value.dtype != torch.float32:
                return True
            if node.target in of_shapes:
                return True
            if not is_constant:
                dependent.add(node)
    return False


def _fold(module: Any) -> None:
    """Replace constant results of a graph module that others use by buffers."""
    import torch
    from torch.fx.node import map_arg

    values, of_shapes = dict[Any, Any](), _of_shapes()
    for node in module.graph.nodes:
        if node.op == "get_attr":
            owner, _, last = node.target.rpartition(".")
            values[node] = getattr(module.get_submodule(owner), last)
        elif node.op == "call_function" and values.keys() >= set(node.all_input_nodes):
            args, kwargs = map_arg((node.args, node.kwargs), values.__getitem__)
            values[node] = node.target(*args, **kwargs)
        elif node.op == "call_function" and node.target in of_shapes:
            given = node.args[0].meta["val"]
            empty = torch.empty(given.shape, dtype=given.dtype)
            values[node] = node.target(empty, *node.args[1:], **node.kwargs)
        elif node.target == torch.ops.aten.masked_fill.Scalar:
            filled, mask = node.args[:2]
            if mask in values and not values[mask].any():  # it fills nothing
                node.replace_all_uses_with(filled)
    used = [
        node
        for node, value in values.items()
        if node.op == "call_function"
        and isinstance(value, torch.Tensor)
        and not values.keys() >= node.users.keys()
    ]
    for number, node in enumerate(used):
        module.register_buffer(
            _FOLDED.format(number), values[node].detach().clone(memory_format=torch.contiguous_format)
        )
        with module.graph.inserting_before(node):
            constant = module.graph.get_attr(_FOLDED.format(number))
        node.replace_all_uses_with(constant)
