"""What torch and ExecuTorch do beside their work, left out while a model is lowered: most of the time.

Everything here stands in for something in the pinned versions of these libraries that changes nothing in the
program. Tests hold that: it has the very same bytes with all of it and with none.
"""

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any, Final
from unittest.mock import patch

# Passes that look for a pattern, which they export first, and an operator that is in every such pattern.
_TELLING: Final[Mapping[str, str]] = {
    "convert_to_upsample_bilinear2d.ConvertToUpsampleBilinear2d": "upsample_bilinear2d.vec",
    "convert_to_sdpa.ConvertToSDPAPass": "logical_not.default",
}
_PASSES: Final = "executorch.backends.xnnpack._passes"


@contextmanager
def without_bookkeeping() -> Iterator[None]:
    """Leave all of it out. Not for several threads: what stands in does so for the whole process."""
    with ExitStack() as stack:
        stack.enter_context(_no_search_for_cycles())
        stack.enter_context(_no_copies_of_histories())
        stack.enter_context(_no_unread_code())
        stack.enter_context(_no_second_functionalization())
        stack.enter_context(_no_idle_retracing())
        stack.enter_context(_no_idle_patterns())
        stack.enter_context(_no_looking_for_mixed_types())
        yield


@contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    """The graphs live to the end: the collector searches them for nothing."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _no_copies_of_histories() -> AbstractContextManager[Any]:
    """Every pass copies each node's history, deeper each time, though nobody changes it."""
    from torch.fx.traceback import NodeSource

    return patch.object(NodeSource, "__deepcopy__", lambda self, _: self, create=True)


@contextmanager
def _no_unread_code() -> Iterator[None]:
    """Every graph is written as Python and compiled, hundreds of times; that waits until one is read."""
    from torch.fx.graph import _PyTreeCodeGen
    from torch.fx.graph_module import GraphModule

    recompile: Any = GraphModule.recompile

    def later(module: Any) -> None:
        code = module.graph._codegen
        if isinstance(code, _PyTreeCodeGen):
            module._in_spec, module._out_spec = code.pytree_info.in_spec, code.pytree_info.out_spec

        def forward(module: Any, *given: Any, **named: Any) -> Any:
            recompile(module)
            return kind.forward(module, *given, **named)

        def read(module: Any) -> str:
            recompile(module)
            return str(module._code)

        def written(module: Any, source: str) -> None:  # by recompile, whoever calls it
            del kind._code
            module._code = source

        kind = type(module)  # each graph has a class of its own
        kind.forward, kind._code = forward, property(read, written)

    def in_words(module: Any) -> str:
        return f"{type(module).__name__} of {len(module.graph.nodes)} nodes"

    with patch.object(GraphModule, "recompile", later), patch.object(GraphModule, "__str__", in_words):
        yield


@contextmanager
def _no_second_functionalization() -> Iterator[None]:
    """Decomposing nothing makes a graph functional; one that was decomposed is so, and is given back."""
    from torch.export import ExportedProgram

    decompose: Any = ExportedProgram.run_decompositions
    functional: Any = None  # the last one

    def once(program: Any, decomp_table: Any = None, **more: Any) -> Any:
        nonlocal functional
        if program is not functional or decomp_table is None or _has_any(program, decomp_table):
            functional = decompose(program, decomp_table, **more)
        return functional

    with patch.object(ExportedProgram, "run_decompositions", once):
        yield


def _has_any(program: Any, table: Mapping[Any, Any]) -> bool:
    """Tell whether a program calls an operator that is in a table of decompositions."""
    graphs = [module.graph for module in program.graph_module.modules() if hasattr(module, "graph")]
    return any(node.target in table for graph in graphs for node in graph.nodes if node.op == "call_function")


@contextmanager
def _no_idle_retracing() -> Iterator[None]:
    """Passes run the whole graph once more at their end, whether they changed it or not."""
    from executorch.exir.pass_base import ExportPass, PassResult

    call: Any = ExportPass.call
    told = [
        *(name for name in dir(ExportPass) if name.startswith("call_")),
        "placeholder",
        "output",
        "inputs",
    ]
    traced: tuple[Any, list[Any]] = None, []  # what was traced last, and what it was then

    def once(self: Any, graph_module: Any) -> Any:
        nonlocal traced
        changes_nothing = all(getattr(type(self), name) is getattr(ExportPass, name) for name in told)
        if changes_nothing and graph_module is traced[0] and _content(graph_module) == traced[1]:
            return PassResult(graph_module, True)
        result = call(self, graph_module)
        traced = result.graph_module, _content(result.graph_module)
        return result

    with patch.object(ExportPass, "call", once):
        yield


def _content(graph_module: Any) -> list[Any]:
    """Return what a graph is: its nodes, what they call, and on what."""
    return [(node, node.target, node.args, node.kwargs) for node in graph_module.graph.nodes]


@contextmanager
def _no_idle_patterns() -> Iterator[None]:
    """Patterns are exported to be looked for in graphs that have not even one operator of them."""
    from importlib import import_module

    from executorch.exir.pass_base import ExportPass

    with ExitStack() as stack:
        for name, telling in _TELLING.items():
            module, _, kind = name.partition(".")
            known: Any = getattr(import_module(f"{_PASSES}.{module}"), kind)
            stack.enter_context(patch.object(known, "call", _where_it_is(known.call, telling, ExportPass)))
        yield


def _where_it_is(call: Any, telling: str, base: Any) -> Callable[[Any, Any], Any]:
    def called(self: Any, graph_module: Any) -> Any:
        return call(self, graph_module) if _has(graph_module, telling) else base.call(self, graph_module)

    return called


def _has(graph_module: Any, operator: str) -> bool:
    """Tell whether a graph calls an operator: `upsample_bilinear2d.vec`, of whatever library."""
    targets = (getattr(node.target, "__name__", "") for node in graph_module.graph.nodes)
    return any(target.endswith(operator) for target in targets)


def _no_looking_for_mixed_types() -> AbstractContextManager[Any]:
    """Graphs are run to refuse an operator that gets several types.

    An export runs what it made and compares it with PyTorch before anything is written: that tells more.
    """
    from executorch.exir.verification import verifier

    return patch.object(verifier, "_check_tensor_args_matching_op_allowed_dtype", lambda _: None)
