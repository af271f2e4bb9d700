"""Skip steps of torch and ExecuTorch that have no effect on the program: most of the lowering's time.

Everything here patches the pinned versions of these libraries. Tests compare the bytes of the program with
and without it.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cache
from pkgutil import resolve_name
from typing import Any, Final
from unittest.mock import patch

# Passes of XNNPACK that export and search a pattern, and an operator in every such pattern.
_PATTERN_OPERATORS: Final[Mapping[str, str]] = {
    "convert_to_upsample_bilinear2d.ConvertToUpsampleBilinear2d": "upsample_bilinear2d.vec",
    "convert_to_sdpa.ConvertToSDPAPass": "logical_not.default",
}


@contextmanager
def fast_lowering() -> Iterator[None]:
    """Skip these steps. The patches apply to the whole process, so only one thread may lower."""
    with (
        _no_unread_code(),
        _no_second_functionalization(),
        _no_idle_retracing(),
        _no_idle_patterns(),
        _no_looking_for_mixed_types(),
        _no_copied_history(),
        _no_repeated_look_ups(),
    ):
        yield


@contextmanager
def _no_unread_code() -> Iterator[None]:
    """Compile a graph to Python only when the code is read, instead of after each of hundreds of changes."""
    from torch.fx.graph import _PyTreeCodeGen
    from torch.fx.graph_module import GraphModule

    recompile: Any = GraphModule.recompile

    def recompile_when_read(module: Any) -> None:
        def forward(module: Any, *args: Any, **kwargs: Any) -> Any:
            recompile(module)  # sets the class's real `forward`
            return kind.forward(module, *args, **kwargs)

        def get_code(module: Any) -> str:
            recompile(module)
            return str(module._code)

        def set_code(module: Any, source: str) -> None:  # called by recompile
            del kind._code
            module._code = source

        kind, code = type(module), module.graph._codegen  # each graph has its own class
        if isinstance(code, _PyTreeCodeGen):
            module._in_spec, module._out_spec = code.pytree_info.in_spec, code.pytree_info.out_spec
        kind.forward, kind._code = forward, property(get_code, set_code)

    def describe(module: Any) -> str:
        return f"{type(module).__name__} of {len(module.graph.nodes)} nodes"

    with patch.multiple(GraphModule, recompile=recompile_when_read, __str__=describe):
        yield


@contextmanager
def _no_second_functionalization() -> Iterator[None]:
    """Skip decompositions that would only make a functional graph functional again."""
    from torch.export import ExportedProgram

    decompose: Any = ExportedProgram.run_decompositions
    functional: Any = None  # the last result

    def once(program: Any, decomp_table: Any = None, **more: Any) -> Any:
        nonlocal functional
        if program is not functional or decomp_table is None or _has_any(program, decomp_table):
            functional = decompose(program, decomp_table, **more)
        return functional

    with patch.object(ExportedProgram, "run_decompositions", once):
        yield


def _has_any(program: Any, table: Mapping[Any, Any]) -> bool:
    """Return whether a program calls an operator of a table of decompositions."""
    graphs = [module.graph for module in program.graph_module.modules() if hasattr(module, "graph")]
    return any(node.target in table for graph in graphs for node in graph.nodes if node.op == "call_function")


@contextmanager
def _no_idle_retracing() -> Iterator[None]:
    """Skip the retracing by passes that did not change the graph, or have nothing to replace in it."""
    from executorch.exir.pass_base import ExportPass, PassResult

    call: Any = ExportPass.call
    hooks = [name for name in dir(ExportPass) if name.startswith("call_")]
    hooks += ["placeholder", "output", "inputs"]
    traced: tuple[Any, list[Any]] = None, []  # the last traced graph, and its content at that time

    def once(self: Any, graph_module: Any) -> Any:
        nonlocal traced
        changes_nothing = all(getattr(type(self), name) is getattr(ExportPass, name) for name in hooks)
        is_traced = graph_module is traced[0] and _content(graph_module) == traced[1]
        if is_traced and (changes_nothing or _is_idle(self, graph_module)):
            return PassResult(graph_module, True)
        result = call(self, graph_module)
        traced = result.graph_module, _content(result.graph_module)
        return result

    with patch.object(ExportPass, "call", once):
        yield


def _is_idle(export_pass: Any, graph_module: Any) -> bool:
    """Return whether a graph has no operator that a pass replaces. False for an unknown pass."""
    replaces = _replaced_nodes().get(type(export_pass))
    if replaces is None or any(True for _ in graph_module.children()):  # a child may have such operators, too
        return False
    return not any(replaces(node) for node in graph_module.graph.nodes if node.op == "call_function")


@cache
def _replaced_nodes() -> Mapping[type, Callable[[Any], bool]]:
    """Return passes that replace operators, each with its condition for a node of a graph.

    A condition repeats that of the pass's `call_operator`. It may be true too often, never too rarely.
    """
    import operator

    import torch
    from executorch.exir.passes.const_prop_pass import ConstPropPass
    from executorch.exir.passes.dim_order_ops_registry import DimOrderOpsMap, MemoryFormatOpsMap
    from executorch.exir.passes.memory_format_ops_pass import DimOrderOpsRevertPass, MemoryFormatOpsPass
    from executorch.exir.passes.remove_mixed_type_operators import RemoveMixedTypeOperators
    from executorch.exir.passes.replace_broken_ops_with_function_ops_pass import (
        ReplaceBrokenOpsWithFunctionalOpsPass,
    )
    from executorch.exir.passes.sym_to_tensor_pass import SymToTensorPass

    def is_constant(node: Any) -> bool:
        return all(given.op == "get_attr" for given in node.all_input_nodes)

    def has_other_types(node: Any) -> bool:
        values = [each.meta.get("val") for each in (node, *node.all_input_nodes)]
        return any(getattr(value, "dtype", None) is not torch.float32 for value in values)

    def is_view(node: Any) -> bool:
        return node.target is not operator.getitem and getattr(node.target, "is_view", True)

    def takes_symbols(node: Any) -> bool:
        return any(not isinstance(given.meta.get("val"), torch.Tensor) for given in node.all_input_nodes)

    return {
        ConstPropPass: is_constant,
        DimOrderOpsRevertPass: lambda node: node.target in MemoryFormatOpsMap,
        MemoryFormatOpsPass: lambda node: node.target in DimOrderOpsMap,
        RemoveMixedTypeOperators: has_other_types,
        ReplaceBrokenOpsWithFunctionalOpsPass: is_view,
        SymToTensorPass: takes_symbols,
    }


def _content(graph_module: Any) -> list[Any]:
    """Return the nodes of a graph, with their targets and arguments."""
    return [(node, node.target, node.args, node.kwargs) for node in graph_module.graph.nodes]


@contextmanager
def _no_idle_patterns() -> Iterator[None]:
    """Skip the search for patterns in graphs without any operator of them."""
    from executorch.exir.pass_base import ExportPass

    def only_with(operator: str, search: Any) -> Callable[[Any, Any], Any]:
        def call(self: Any, graph_module: Any) -> Any:
            return (search if _has(graph_module, operator) else ExportPass.call)(self, graph_module)

        return call

    with ExitStack() as stack:
        for name, operator in _PATTERN_OPERATORS.items():
            known = resolve_name(f"executorch.backends.xnnpack._passes.{name}")
            stack.enter_context(patch.object(known, "call", only_with(operator, known.call)))
        yield


def _has(graph_module: Any, operator: str) -> bool:
    """Return whether a graph calls an operator, such as `upsample_bilinear2d.vec` of any library."""
    targets = (getattr(node.target, "__name__", "") for node in graph_module.graph.nodes)
    return any(target.endswith(operator) for target in targets)


def _no_looking_for_mixed_types() -> AbstractContextManager[Any]:
    """Skip the check that no operator gets several types. The comparison with PyTorch finds more."""
    from executorch.exir.verification import verifier

    return patch.object(verifier, "_check_tensor_args_matching_op_allowed_dtype", lambda _: None)


def _no_copied_history() -> AbstractContextManager[Any]:
    """Share the history of a node, which no one changes, instead of copying it with each new node."""
    from torch.fx.traceback import NodeSource

    return patch.object(NodeSource, "__deepcopy__", lambda source, _memo: source, create=True)


@contextmanager
def _no_repeated_look_ups() -> Iterator[None]:
    """List torch's composite operators and the types of ExecuTorch's classes once."""
    from executorch.exir._serialize import _dataclass
    from torch._export import utils

    with (
        patch.object(utils, "_materialize_cpp_cia_ops", cache(utils._materialize_cpp_cia_ops)),
        patch.object(_dataclass, "get_type_hints", cache(_dataclass.get_type_hints)),
    ):
        yield
