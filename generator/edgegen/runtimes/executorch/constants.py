"""Compute once what a traced program would compute at every run from constants alone.

Detection transformers compute anchors, position embeddings and masks from the size of the input. No delegate
takes the integers and booleans in between, so each of these computations would split the program.
"""

from typing import Any, Final

_NAME: Final = "folded_{}"


def with_folded_constants(exported: Any) -> Any:
    """Return a functional program (`torch.export.ExportedProgram`) that computes nothing from constants.

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
    _drop_unused(module)
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
            values[node] = _attribute(module, node.target)
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
            _NAME.format(number), values[node].detach().clone(memory_format=torch.contiguous_format)
        )
        with module.graph.inserting_before(node):
            constant = module.graph.get_attr(_NAME.format(number))
        node.replace_all_uses_with(constant)


def _attribute(module: Any, name: str) -> Any:
    owner, _, last = name.rpartition(".")
    return getattr(module.get_submodule(owner), last)


def _drop_unused(module: Any) -> None:
    """Delete parameters and buffers that the graph no longer reads: they would stay in the program."""
    used = {node.target for node in module.graph.find_nodes(op="get_attr")}
    for name in [*dict(module.named_parameters()), *dict(module.named_buffers())]:
        if name not in used:
            owner, _, last = name.rpartition(".")
            delattr(module.get_submodule(owner), last)
