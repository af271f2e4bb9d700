"""The graph of a TorchScript module: its layers, conditions, record of the exporter, and operators."""

from pathlib import Path
from typing import Any

import pytest

from edgegen.sources.torchscript.graph import ScriptGraph, read_graph
from tests.helpers.archives import changed
from tests.helpers.exported_programs import small_classifier, trace_module


def test_scripted_module_follows_its_conditions_and_loops(tmp_path: Path) -> None:
    """The size decides which branch is taken, for each size."""
    import torch

    path = tmp_path / "x.pt"

    class Branches(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            for place in range(3):
                if x.shape[2] > 40:
                    x = x - place
                if x.shape[2] <= 40:
                    x = x + 2 * place
            return x.mean((2, 3))

    torch.jit.script(Branches().eval()).save(str(path))
    for side in (32, 64):
        x = torch.rand(1, 3, side, side)
        graph = read_graph(path)
        torch.testing.assert_close(graph.module(graph.outputs, (side, side))(x)[0], Branches()(x))


def test_convolutions_have_the_path_of_their_layer(traced: Path) -> None:
    import torch

    graph = read_graph(traced)
    assert dict(graph.convolutions) == {"0.0": "0.0"}
    x = torch.rand(1, 3, 64, 64)
    (ours,) = graph.module(["0.0"], (64, 64))(x)
    torch.testing.assert_close(ours, small_classifier()[0](x))
    both = graph.module([*graph.outputs, "0.0"], (64, 64))(x)
    torch.testing.assert_close(both[0], small_classifier()(x))


def test_convolution_that_runs_twice_has_two_results(tmp_path: Path) -> None:
    import torch

    class Twice(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Conv2d(3, 3, 1)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.layer(self.layer(x))

    graph = read_graph(trace_module(tmp_path / "x.pt", Twice(), torch.rand(1, 3, 8, 8)))
    assert list(graph.convolutions) == ["layer", "layer#1"]


def test_module_is_exported_as_plain_operators(traced: Path) -> None:
    import torch

    graph = read_graph(traced)
    program = torch.export.export(graph.module(graph.outputs, (64, 64)), (torch.rand(1, 3, 64, 64),))
    called = {str(node.target) for node in program.graph.nodes if node.op == "call_function"}
    assert "aten.conv2d.default" in called
    assert not {"aten._convolution.default", "aten._assert_async.msg"} & called


RECORD = (
    '{"task": "pose", "names": {"0": "a", "1": "b"}, "imgsz": [64, 64], "stride": 32, "end2end": false,'
    ' "kpt_shape": [17, 3], "args": {"batch": 1, "dynamic": false}}'
)


@pytest.mark.parametrize(
    ("content", "record"),
    [
        (
            RECORD,
            {
                "task": "pose",
                "names": {0: "a", 1: "b"},
                "imgsz": [64, 64],
                "stride": 32,
                "end2end": False,
                "kpt_shape": [17, 3],
                "args": {"batch": 1, "dynamic": False},
            },
        ),
        ('{"shape": [1, 3, 640, 640]}', {}),
        ("[" * 100_000, {}),
        ("no json", {}),
    ],
)
def test_record_has_the_types_of_the_exporter(
    traced: Path, tmp_path: Path, content: str, record: dict[str, Any]
) -> None:
    path = changed(traced, tmp_path / "x.pt", more={"extra/config.txt": content.encode()})
    assert read_graph(path).record == record


def test_dynamic_export_of_ultralytics_takes_any_size(traced: Path, tmp_path: Path) -> None:
    content = RECORD.replace('"dynamic": false', '"dynamic": true').encode()
    graph = read_graph(changed(traced, tmp_path / "x.pt", more={"extra/config.txt": content}))
    assert graph.input_shape == (None, 3, None, None)


@pytest.mark.parametrize("values", [(7, 3), (-7, 3), (7, -2), (2.5, 2), (3, 0.5), (9, -0.5)])
def test_arithmetic_on_numbers_is_that_of_tensors(values: tuple[float, float]) -> None:
    import torch

    from edgegen.sources.torchscript import operators

    tensors = [torch.tensor(value, dtype=torch.float64) for value in values]
    for name in ("add", "sub", "rsub", "mul", "div", "floor_divide", "remainder", "lt", "le", "eq", "ne"):
        ours = operators.call(f"torch.{name}", list(values), {})
        right = getattr(torch.ops.aten, name)(*tensors).item()
        assert ours == pytest.approx(right), name
    assert operators.call("torch.pow", [9, -0.5], {}) == pytest.approx(1 / 3)
    for mode in ("trunc", "floor"):
        ours = operators.call("torch.div", list(values), {"rounding_mode": mode})
        assert ours == torch.div(*tensors, rounding_mode=mode).item()


def test_every_listed_operator_exists() -> None:
    import torch

    from edgegen.sources.torchscript import operators

    for name in operators._MORE:
        packet, _, overload = name.partition(".")
        assert getattr(getattr(torch.ops.aten, packet), overload)
    for name in ("save", "from_file", "set_", "as_strided_", "resize_", "load", "_cast_Byte"):
        assert not operators.is_known(f"torch.{name}")


def test_graph_has_the_interface_of_a_graph(traced: Path) -> None:
    graph = read_graph(traced)
    assert isinstance(graph, ScriptGraph)
    assert (graph.input_shape, graph.input_dtype) == ((1, 3, 64, 64), "float32")
    assert (graph.outputs, graph.record, graph.path) == (("output",), {}, traced)
