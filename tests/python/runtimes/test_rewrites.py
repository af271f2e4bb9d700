"""Rewriting for XNNPACK keeps the results, and XNNPACK takes the whole model."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgegen.base.progress import NoProgress
from edgegen.commands.inspect import inspect_model
from edgegen.runtimes.executorch.lower import lower, with_folded_constants
from edgegen.runtimes.executorch.runtime import PteProgram
from edgegen.runtimes.executorch.xnnpack import BACKEND, decompositions, rewrites
from edgegen.sources.ultralytics.cut_head import with_raw_outputs


def noise(*shape: int) -> Any:
    import torch

    return torch.rand(*shape, generator=torch.Generator().manual_seed(1)) - 0.3


@pytest.mark.full
@pytest.mark.parametrize("recipe", ["yolov8n.yaml", "yolo11n.yaml", "yolo12n.yaml"])
def test_rewritten_model_gives_the_same_outputs_in_every_bit(recipe: str) -> None:
    """Families with and without attention, and a rectangular input."""
    import torch
    from ultralytics.nn.tasks import DetectionModel

    torch.manual_seed(7)
    model = with_raw_outputs(DetectionModel(recipe, ch=3, verbose=False).eval().float())
    example = noise(1, 3, 64, 96)
    rewritten = rewrites.with_products_for_upsampling(model)
    with torch.no_grad():
        expected, first = model(example), rewritten(example)
        traced = torch.export.export(rewritten, (example,)).run_decompositions(
            decompositions.of_splits_and_products()
        )
        again = traced.module()(example)
    assert len(expected) == 6
    for right, *ours in zip(expected, first, again, strict=True):
        assert all(torch.equal(right, each) for each in ours)
    left = {str(node.target) for node in traced.graph.nodes}
    assert not left & {"aten.split.Tensor", "aten.split_with_sizes.default", "aten.upsample_nearest2d.vec"}
    assert "aten.slice.Tensor" in left


def test_rewriting_replaces_only_nearest_upsampling_by_integers() -> None:
    """The given model is unchanged."""
    import torch

    layers = [
        torch.nn.Upsample(scale_factor=2),
        torch.nn.Upsample(scale_factor=3),
        torch.nn.Upsample(scale_factor=(4.0, 4.0)),
        torch.nn.Upsample(scale_factor=(2.0, 4.0)),
        torch.nn.Upsample(scale_factor=1.5),
        torch.nn.Upsample(scale_factor=2, mode="bilinear"),
        torch.nn.Upsample(size=(4, 4)),
    ]
    model = torch.nn.Module()
    model.model = torch.nn.Sequential(*layers)
    model.within = torch.nn.ModuleList([torch.nn.Sequential(layers[2])])  # a layer inside a head
    for number, layer in enumerate(layers):
        layer.i, layer.f = number, -1  # type: ignore[assignment]
    rewritten = rewrites.with_products_for_upsampling(model)
    assert [ours is theirs for ours, theirs in zip(rewritten.model, layers, strict=True)] == [
        False, False, False, True, True, True, True,
    ]  # fmt: skip
    assert list(model.model) == layers
    assert [name for name, _ in rewritten.named_parameters()] == []
    x = noise(1, 5, 3, 7)
    for place in range(3):
        assert torch.equal(rewritten.model[place](x), layers[place](x))
    assert torch.equal(rewritten.within[0](x), layers[2](x))
    assert model.within[0][0] is layers[2]


@pytest.mark.parametrize(
    ("function", "shapes"),
    [
        (lambda x: x.chunk(2, 1), [(1, 6, 3, 5)]),
        (lambda x: x.chunk(4, -1), [(2, 3, 7)]),
        (lambda x: x.split(3, 1), [(1, 8, 2)]),
        (lambda x: x.split([1, 5, 2], 1), [(1, 8, 2)]),
        (lambda x: x.unbind(1), [(2, 3, 5)]),
        (lambda x: x.select(-2, -1), [(2, 3, 5)]),
        (lambda x: x.squeeze(1), [(2, 1, 5)]),
        (lambda x: x.squeeze((0, 2)), [(1, 3, 1, 5)]),
        (lambda x: x.squeeze(1), [(2, 3, 5)]),
        (lambda x: x.unsqueeze(-1), [(2, 3)]),
        (lambda x: x.expand(2, -1, 5), [(2, 3, 5)]),
        (lambda x: x.expand(4, 2, 5), [(1, 2, 5)]),
        (lambda x: x[:, 0::2], [(2, 6, 5)]),
        (lambda x: x[:, 2::3], [(2, 6, 5)]),
        (lambda x: x[..., 1::2], [(2, 5)]),
        (lambda x: x[:, 3::2], [(2, 6)]),
        (lambda x: x.repeat(4, 1, 1), [(1, 2, 3)]),
        (lambda x: x.repeat(1, 3, 1), [(2, 2, 3)]),
        (lambda x: x.repeat(2, 3), [(2, 5)]),
        (lambda x: x.repeat(2, 1, 1), [(2, 5)]),
        (lambda x: x.repeat_interleave(2, dim=1), [(2, 3, 5)]),
        (lambda x: x.repeat_interleave(3, dim=-1), [(2, 3)]),
        (lambda x: x.repeat_interleave(2), [(2, 3)]),
        (lambda a, b: a @ b, [(1, 2, 3, 4), (1, 2, 4, 5)]),
        (lambda a, b: a @ b, [(2, 3, 2, 3, 4), (2, 3, 2, 4, 1)]),
        (lambda a, b: a @ b, [(1, 2, 3, 4), (4, 5)]),
        (lambda a, b: a @ b, [(3, 4), (4, 5)]),
        (lambda a, b: a @ b, [(4,), (4,)]),
        (lambda a, b: a @ b, [(1, 2, 3, 4), (3, 1, 4, 5)]),
    ],
)
def test_decompositions_are_exact(function: Any, shapes: list[tuple[int, ...]]) -> None:
    """|Uneven splits, negative dimensions, views, and products of tensors without a batch."""
    import torch

    class Function(torch.nn.Module):
        def forward(self, *tensors: torch.Tensor) -> Any:
            return function(*tensors)

    arguments = tuple(noise(*shape) for shape in shapes)
    expected = function(*arguments)
    traced = torch.export.export(Function(), arguments).run_decompositions(
        decompositions.of_splits_and_products()
    )
    ours = traced.module()(*arguments)
    pairs = zip(expected, ours, strict=True) if isinstance(expected, tuple) else [(expected, ours)]
    assert all(torch.equal(right, mine) for right, mine in pairs)


def test_steps_and_repetitions_become_operators_of_xnnpack() -> None:
    import torch

    class Module(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x[:, 0::2].repeat(1, 2) + x.repeat_interleave(2, dim=1)[:, :6]

    traced = torch.export.export(Module(), (noise(2, 6),))
    traced = traced.run_decompositions(decompositions.of_splits_and_products())
    nodes = [node for node in traced.graph.nodes if node.op == "call_function"]
    assert not any("repeat" in str(node.target) for node in nodes)
    assert all(node.args[4:] in ((), (1,)) for node in nodes if "slice" in str(node.target))


def test_results_of_shapes_alone_are_constants() -> None:
    """A mask that selects nothing goes with them."""
    import torch

    class Module(torch.nn.Module):
        def __init__(self, limit: float) -> None:
            super().__init__()
            self.limit = limit

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            size = torch.zeros_like(x[:, 0], dtype=torch.long) + 4
            places = (torch.arange(4) + 0.5) / size[:, None]
            return x.masked_fill(places > self.limit, 0.0) * places

    x = noise(1, 4)
    for limit, left in ((1.0, {"aten.mul.Tensor"}), (0.5, {"aten.mul.Tensor", "aten.masked_fill.Scalar"})):
        traced = torch.export.export(Module(limit), (x,)).run_decompositions({})
        folded = with_folded_constants(traced)
        nodes = [node for node in folded.graph.nodes if node.op == "call_function"]
        assert {str(node.target) for node in nodes} == left
        assert torch.equal(folded.module()(x), Module(limit)(x))


@pytest.mark.full
def test_export_of_the_tiny_model_is_one_subgraph(tiny_export: Path) -> None:
    """No operator is left for ExecuTorch's own kernels."""
    facts = inspect_model(str(tiny_export))
    (method,) = facts["methods"]
    assert method["operators"] == {}
    assert method["backends"] == {"XnnpackBackend": 1}


ACTIVATIONS = (
    "Mish", "Softplus", "ELU", "SELU", "CELU", "LogSigmoid", "Hardsigmoid", "RReLU", "Threshold"
)  # fmt: skip


def activation(name: str) -> Any:
    import torch

    arguments = {"Threshold": (0.1, 0.2), "Softplus": (2.0,), "CELU": (0.5,)}
    return getattr(torch.nn, name)(*arguments.get(name, ())).eval()


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_rewritten_activation_equals_the_original_within_rounding(name: str) -> None:
    """From values that overflow an exponential to 0 and its neighbours; the tolerance is 1e-5."""
    import torch

    x = torch.cat([torch.linspace(-120, 120, 4801), torch.tensor([0.1, 0.5, -0.5, 1e-30, -1e-30, 0.5000001])])
    traced = torch.export.export(activation(name), (x,)).run_decompositions(decompositions.before_lowering())
    targets = {str(node.target) for node in traced.graph.nodes if node.op == "call_function"}
    assert targets <= {
        f"aten.{each}"
        for each in ("abs.default", "add.Tensor", "ceil.default", "clamp.default", "div.Tensor",
                     "exp.default", "leaky_relu.default", "log.default", "mul.Tensor", "neg.default",
                     "rsub.Scalar", "sigmoid.default", "sub.Tensor")
    }  # fmt: skip
    assert (traced.module()(x) - activation(name)(x)).abs().max() < 1e-5


def check_one_subgraph(model: Any, pte: Path) -> None:
    """XNNPACK runs all of a model of 8 x 8 pixels, and the outputs differ by less than 1e-5."""
    import torch

    from edgegen.artifacts.pte import read_pte

    program, _ = lower(model, (8, 8), BACKEND, NoProgress())
    pte.write_bytes(program)
    (method,) = read_pte(pte).methods
    assert [(each.backend, each.count) for each in method.delegates] == [("XnnpackBackend", 1)]
    assert method.operators == ()
    x = np.random.default_rng(1).random((1, 3, 8, 8), dtype=np.float32) * 4 - 2
    with torch.no_grad():
        right = model(torch.from_numpy(x)).numpy()
    np.testing.assert_allclose(PteProgram(pte)(x)[0], right, atol=1e-5)


@pytest.mark.full
def test_every_activation_runs_in_one_subgraph(tmp_path: Path) -> None:
    """|In float32; all of them are in one model."""
    import torch

    layers = [torch.nn.Sequential(torch.nn.Conv2d(3, 3, 1), activation(name)) for name in ACTIVATIONS]
    model = torch.nn.Sequential(*layers).eval()
    check_one_subgraph(model, tmp_path / "model.pte")


def transformer() -> Any:
    """Return a vision transformer of one layer: [1, 3, 8, 8] to [1, 5]."""
    import torch
    from torch import nn

    class Transformer(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.patches = nn.Conv2d(3, 16, 2, 2)
            self.token = nn.Parameter(torch.randn(1, 1, 16))
            self.norm = nn.LayerNorm(16)
            self.qkv = nn.Linear(16, 48)
            self.plain = nn.LayerNorm(16, elementwise_affine=False)
            self.head = nn.Linear(16, 5)

        def forward(self, x: torch.Tensor) -> Any:
            x = self.patches(x).flatten(2).transpose(1, 2)
            x = torch.cat((self.token.expand(x.shape[0], -1, -1), x), dim=1)
            parts = self.qkv(self.norm(x)).reshape(1, -1, 3, 4, 4).permute(2, 0, 3, 1, 4).unbind(0)
            mixed = nn.functional.scaled_dot_product_attention(*parts)
            x = x + mixed.transpose(1, 2).reshape(x.shape)
            return self.head(self.plain(x)[:, 0])

    torch.manual_seed(3)
    model = Transformer().eval()
    with torch.no_grad():
        model.norm.weight.uniform_(0.5, 2)
        model.norm.bias.uniform_(-1, 1)
    return model


@pytest.mark.full
def test_transformer_runs_in_one_subgraph(tmp_path: Path) -> None:
    """Layer norm and attention of torch; the tolerance is 1e-5."""
    check_one_subgraph(transformer(), tmp_path / "model.pte")


def test_rewritten_attention_keeps_masks_and_layer_norms_of_several_axes() -> None:
    """They stay torch's own."""
    import torch

    class Other(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> Any:
            masked = torch.nn.functional.scaled_dot_product_attention(x, x, x, is_causal=True)
            return torch.nn.functional.layer_norm(masked, x.shape[-2:])

    x = noise(1, 2, 3, 4)
    traced = torch.export.export(Other(), (x,)).run_decompositions(decompositions.before_lowering())
    assert torch.allclose(traced.module()(x), Other()(x), atol=1e-6)
