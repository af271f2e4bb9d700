"""Skipped steps of lowering: the program has the same bytes as with all steps."""

import copy
import pickle
from collections.abc import Iterator
from contextlib import nullcontext
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

from edgegen.base.progress import NoProgress
from edgegen.runtimes.executorch import fast_lowering, lower, quantize
from edgegen.runtimes.executorch.xnnpack import BACKEND
from edgegen.sources.identify import open_model
from tests.helpers.places import TINY

pytestmark = pytest.mark.full

HW = (32, 32)


class Small(torch.nn.Module):
    """A network with the patterns that lowering searches: masked attention, bilinear upsampling."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(2)
        self.first = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3, padding=1), torch.nn.BatchNorm2d(8))
        self.register_buffer("mask", torch.full((64, 64), 0.5))
        self.last = torch.nn.Linear(8, 4)
        self.eval()

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        seen = torch.nn.functional.hardtanh(self.first(pixels))[:, :, ::4, ::4]
        cells = seen.flatten(2).transpose(1, 2)[:, None]
        found = torch.nn.functional.scaled_dot_product_attention(cells, cells, cells, attn_mask=self.mask)
        large = torch.nn.functional.interpolate(seen, scale_factor=2.0, mode="bilinear")
        return self.last(found), torch.cat([large, large.sigmoid()], dim=1)


def tiny(name: str, contract: str) -> Any:
    return open_model(TINY.with_name(name)).module(contract)


def without(monkeypatch: pytest.MonkeyPatch, module: ModuleType) -> None:
    monkeypatch.setattr(module, "fast_lowering", nullcontext)


class Counts:
    """Counts the calls of the skipped steps of the library."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from executorch.exir.pass_base import ExportPass
        from executorch.exir.verification import verifier
        from torch.export import exported_program

        self.of = dict[str, int]()
        for owner, name in (
            (torch.fx.Graph, "python_code"),
            (ExportPass, "call_submodule"),
            (exported_program, "_decompose_exported_program"),
            (verifier, "EdgeOpArgValidator"),
        ):
            monkeypatch.setattr(owner, name, self._counting(name, getattr(owner, name)))

    def _counting(self, name: str, real: Any) -> Any:
        def called(*given: Any, **named: Any) -> Any:
            self.of[name] = self.of.get(name, 0) + 1
            return real(*given, **named)

        return called

    def taken(self) -> dict[str, int]:
        taken, self.of = self.of, {}
        return taken


@pytest.mark.parametrize("model", ["small", "tiny.pt raw"])
def test_lowering_with_skipped_steps_gives_the_same_bytes(
    monkeypatch: pytest.MonkeyPatch, model: str
) -> None:
    """A network with every pattern, and a detector; the number of steps is smaller."""
    from executorch.backends.xnnpack.partition.graphs import bilinear_2d, sdpa

    for known in (bilinear_2d, sdpa):
        known.get_graphs()  # cached for the process, so not counted below
    module, size = (Small(), HW) if model == "small" else (tiny(*model.split()), (64, 64))
    counts = Counts(monkeypatch)
    fast, shapes = lower.lower(module, size, BACKEND, NoProgress())
    done = counts.taken()
    without(monkeypatch, lower)
    assert (fast, shapes) == lower.lower(module, size, BACKEND, NoProgress())
    everything = counts.taken()
    assert done["python_code"] < 0.2 * everything["python_code"], (done, everything)
    assert done["call_submodule"] < 0.8 * everything["call_submodule"], (done, everything)
    # The mask of `Small` keeps torch's attention, which is therefore tried twice.
    decompositions = 3 if model == "small" else 2
    assert done["_decompose_exported_program"] == decompositions < everything["_decompose_exported_program"]
    assert "EdgeOpArgValidator" not in done
    assert everything["EdgeOpArgValidator"] > 1


class Replaced(torch.nn.Module):
    """Calls operators that ExecuTorch's passes replace: views, a symbol, constants, mixed types, a copy."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("numbers", torch.arange(4))

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        constant = torch.ops.aten.full.default([4], 2.0)
        return ((rows.view(-1) * rows.shape[0]).view(-1, 4) * self.numbers + constant).clone()


def test_passes_that_have_something_to_replace_are_not_skipped() -> None:
    """Each known pass replaces something of `Replaced`."""
    from executorch.exir.passes.remove_mixed_type_operators import RemoveMixedTypeOperators
    from executorch.exir.passes.replace_aten_with_edge_pass import OpReplacePass
    from executorch.exir.passes.scalar_to_tensor_pass import ScalarToTensorPass

    def targets(graph: Any) -> list[str]:
        return [str(node.target) for node in graph.graph.nodes if node.op == "call_function"]

    shapes = ({0: torch.export.Dim("rows", min=2, max=9)},)
    graph = torch.export.export(Replaced(), (torch.ones(3, 4),), dynamic_shapes=shapes).graph_module
    known = {kind.__name__: kind for kind in fast_lowering._replaced_nodes()}
    order = ("ReplaceBrokenOpsWithFunctionalOpsPass", "SymToTensorPass", "RemoveMixedTypeOperators")
    for name in (*order, "ConstPropPass", "MemoryFormatOpsPass", "DimOrderOpsRevertPass"):
        step = known.pop(name)()
        if name == "MemoryFormatOpsPass":
            graph = OpReplacePass()(graph).graph_module
        if isinstance(step, RemoveMixedTypeOperators):
            graph = ScalarToTensorPass()(graph).graph_module
        before = targets(graph)
        assert not fast_lowering._is_idle(step, graph), name
        graph = step(graph).graph_module
        assert targets(graph) != before, name
    assert not known


def test_int8_lowering_with_skipped_steps_gives_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """With an int8 input, an int8 output and a float32 output."""

    def pictures() -> Iterator[np.ndarray]:
        random = np.random.RandomState(3)
        for _ in range(2):
            yield random.rand(1, 3, *HW).astype(np.float32)

    def program() -> bytes:
        made = quantize.Int8Quantizer(Small(), HW, BACKEND, NoProgress())
        made.observe(pictures, lambda outputs: {}, NoProgress())
        return made.lower((), NoProgress(), (1,))[0]

    fast = program()
    without(monkeypatch, quantize)
    assert fast == program()


def test_pattern_search_runs_only_for_graphs_with_its_marker_operator(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every pattern has its marker operator."""
    from executorch.backends.xnnpack.partition.graphs import bilinear_2d, sdpa

    for graphs, operator in zip((bilinear_2d, sdpa), fast_lowering._PATTERN_OPERATORS.values(), strict=True):
        for graph in graphs.get_graphs():
            assert fast_lowering._has(graph, operator)
    looked = list[str]()
    for known in (bilinear_2d, sdpa):
        name = "get_graphs_dict" if known is bilinear_2d else "get_graphs"
        graphs = getattr(known, name)()
        monkeypatch.setattr(known, name, lambda graphs=graphs, name=name: looked.append(name) or graphs)
    lower.lower(tiny("tiny.pt", "raw"), (64, 64), BACKEND, NoProgress())
    assert looked == []
    lower.lower(Small(), HW, BACKEND, NoProgress())
    assert looked == ["get_graphs_dict"]  # XNNPACK gets attention whole, and its pattern is split


def test_graph_with_delayed_code_works_outside_the_context() -> None:
    """Its code is compiled when it is called, read, copied or printed."""
    given = torch.tensor([-1.0, 2.0])
    for use in (lambda graph: graph(given), lambda graph: graph.code, str, copy.deepcopy, pickle.dumps):
        with fast_lowering.fast_lowering():
            graph = torch.fx.symbolic_trace(torch.nn.Sequential(torch.nn.ReLU(), torch.nn.Sigmoid()))
            assert str(graph) == "Sequential of 4 nodes"
        use(graph)
        assert torch.equal(graph(given), given.relu().sigmoid())
        assert "return" in graph.code
        assert "forward" in str(graph)
    with fast_lowering.fast_lowering():
        graph = torch.fx.symbolic_trace(torch.nn.Sequential(torch.nn.ReLU(), torch.nn.Sigmoid()))
        graph.recompile()
        assert torch.equal(graph(given), given.relu().sigmoid())
        graph.recompile()
        assert "return" in graph.code
