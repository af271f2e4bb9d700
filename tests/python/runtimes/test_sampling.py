"""Sampling by matrix products equals torch's grid_sample, and programs compute nothing from constants."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn.functional import avg_pool2d, grid_sample, interpolate, linear

from edgegen.artifacts.pte import read_pte
from edgegen.base.progress import NoProgress
from edgegen.runtimes.executorch.lower import lower, with_folded_constants
from edgegen.runtimes.executorch.runtime import PteProgram
from edgegen.runtimes.executorch.xnnpack import BACKEND, decompositions
from edgegen.runtimes.executorch.xnnpack.sampling import (
    sample,
    sum_of_samples,
    with_products_for_sampling,
)

HEADS, CHANNELS, QUERIES, POINTS = 3, 5, 7, 4
# The largest difference from float64: products of float32 are summed in another order.
EXACT = {torch.float64: 1e-12, torch.float32: 1e-5}
LEVELS = [(1, 1), (1, 6), (7, 40), (20, 13), (80, 80)]


def randomness(seed: int = 4) -> Any:
    return torch.Generator().manual_seed(seed)


def points(height: int, width: int, dtype: Any) -> Any:
    """Return [HEADS, n, 4, 2]: random places in and far outside a map, its edges, and pixels' centres."""
    random = torch.rand(HEADS, 60, POINTS, 2, generator=randomness(), dtype=torch.float64) * 5 - 2
    edge_x = [0.0, 1.0, -0.5 / width, 1 + 0.5 / width, 0.5 / width, 1 - 0.5 / width, -1 / width, 1e6]
    edge_y = [0.0, 1.0, -0.5 / height, 1 + 0.5 / height, 0.5 / height, 1 - 0.5 / height, 1 / height, -1e6]
    edges = torch.cartesian_prod(torch.tensor(edge_x), torch.tensor(edge_y)).double()
    edges = edges.reshape(1, -1, POINTS, 2).repeat(HEADS, 1, 1, 1)
    return (2 * torch.cat([random, edges], dim=1) - 1).to(dtype)


@pytest.mark.parametrize("dtype", EXACT, ids=str)
@pytest.mark.parametrize(("height", "width"), LEVELS)
def test_products_give_the_samples_of_grid_sample(height: int, width: int, dtype: Any) -> None:
    """In float32, the difference from float64 is that of grid_sample itself."""
    grid = points(height, width, dtype)
    maps = torch.randn(HEADS, CHANNELS, height, width, generator=randomness(), dtype=torch.float64)
    expected = grid_sample(maps, grid.double(), padding_mode="zeros", align_corners=False)
    assert (sample(maps.to(dtype), grid) - expected).abs().max() <= EXACT[dtype] * max(height, width)


@pytest.mark.parametrize("dtype", EXACT, ids=str)
def test_sum_of_samples_equals_the_weighted_sum_of_all_levels(dtype: Any) -> None:
    maps = [torch.randn(HEADS, CHANNELS, *each, generator=randomness(), dtype=dtype) for each in LEVELS]
    grids = [points(8, 8, dtype) for _ in LEVELS]
    queries = grids[0].shape[1]
    shape = (HEADS, 1, queries, POINTS * len(LEVELS))
    weights = torch.rand(shape, generator=randomness(), dtype=dtype)
    samples = [
        grid_sample(level.double(), grid.double(), align_corners=False)
        for level, grid in zip(maps, grids, strict=True)
    ]
    expected = (torch.cat(samples, dim=-1) * weights.double()).sum(-1)
    assert (sum_of_samples(maps, grids, weights) - expected).abs().max() <= 100 * EXACT[dtype]


class Attention(torch.nn.Module):
    """Deformable attention on two levels, and a gather of the best rows."""

    def __init__(self, classes: int = 1) -> None:
        super().__init__()
        torch.manual_seed(2)
        self.enter = torch.nn.Conv2d(3, HEADS * CHANNELS, 1)
        self.places = torch.nn.Parameter(torch.rand(HEADS, QUERIES, 2 * POINTS, 2) * 3 - 1.5)
        self.score = torch.nn.Linear(HEADS * CHANNELS, classes)

    def forward(self, x: Any) -> Any:
        values = self.enter(x)
        height, width = values.shape[2:]
        levels = [values, avg_pool2d(values, 2)]
        rows = values.flatten(2).transpose(1, 2)
        best = self.score(rows).max(-1).values.topk(QUERIES, dim=1).indices
        chosen = rows.gather(1, best.unsqueeze(-1).repeat(1, 1, rows.shape[-1]))
        offset = chosen.mean(-1).reshape(1, QUERIES, 1, 1)
        grids = (2 * (self.places * offset) - 1).split([POINTS, POINTS], dim=2)
        samples = [
            grid_sample(level.reshape(HEADS, CHANNELS, *level.shape[2:]), grid, align_corners=False)
            for level, grid in zip(levels, grids, strict=True)
        ]
        weights = self.places[..., 0].softmax(-1).unsqueeze(1)
        total = (torch.concat(samples, dim=-1) * weights).sum(-1).view(1, HEADS * CHANNELS, QUERIES)
        anchors = torch.arange(height * width)[:QUERIES] // width
        return total.transpose(1, 2).detach() + anchors.unsqueeze(-1) / (2 * height)


def operators(exported: Any) -> set[str]:
    return {str(node.target) for node in exported.graph.nodes if node.op == "call_function"}


def picture(height: int = 16, width: int = 24) -> Any:
    return torch.rand(1, 3, height, width, generator=randomness(7))


@pytest.mark.parametrize("classes", [1, 300])
def test_traced_attention_has_neither_samplers_nor_gathers(classes: int) -> None:
    module, x = Attention(classes).eval(), picture()
    with torch.no_grad():
        traced = torch.export.export(module, (x,))
        rewritten = with_products_for_sampling(traced)
        assert (rewritten.module()(x) - module(x)).abs().max() < 1e-5
    assert {"aten.grid_sampler.default", "aten.gather.default"} <= operators(traced)
    left = operators(rewritten)
    assert not left & {"aten.grid_sampler.default", "aten.gather.default", "aten.sum.dim_IntList"}
    assert {"aten.index_select.default", "aten.bmm.default"} <= left


def test_other_samplers_and_programs_stay_as_they_are() -> None:
    """Another mode, padding or alignment of corners is another function."""

    class Other(torch.nn.Module):
        def forward(self, x: Any) -> Any:
            grid = x.permute(0, 2, 3, 1)[..., :2]
            return [
                grid_sample(x, grid, mode="nearest", align_corners=False),
                grid_sample(x, grid, padding_mode="border", align_corners=False),
                grid_sample(x, grid, align_corners=True),
            ]

    traced = torch.export.export(Other(), (picture(),))
    assert with_products_for_sampling(traced) is traced


def test_results_of_constants_are_constants() -> None:
    """Weights that only they used are gone."""

    class Anchors(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scale, self.unused = torch.nn.Parameter(torch.rand(1)), torch.nn.Parameter(torch.rand(99))

        def forward(self, x: Any) -> Any:
            cells = torch.arange(x.shape[-1], dtype=torch.float64) / x.shape[-1]
            is_inside = (cells > 0.1) & (cells < 0.9)
            return x * (cells.sin().to(x.dtype) * self.scale * self.unused.sum()) * is_inside

    module, x = Anchors(), picture()
    with torch.no_grad():
        traced = torch.export.export(module, (x,)).run_decompositions({})
        folded = with_folded_constants(traced)
        assert torch.equal(folded.module()(x), module(x))
    assert operators(folded) == {"aten.mul.Tensor"}
    assert not any(name.endswith("unused") for name in folded.state_dict)
    assert with_folded_constants(folded) is folded


@pytest.mark.parametrize(
    "function",
    [
        lambda x: interpolate(x, scale_factor=2.0, mode="nearest"),
        lambda x: interpolate(x, scale_factor=3.0, mode="nearest"),
        lambda x: interpolate(x, size=(20, 20), mode="nearest"),
        lambda x: torch.stack([x], dim=1),
        lambda x: torch.stack([x, x], dim=1),
        lambda x: x.mean(-1, keepdim=True),
        lambda x: x.mean(-1),
        lambda x: x.flatten(0, 2).mean(-1),
        lambda x: x.mean((2, 3)),
        lambda x: linear(x, torch.arange(24.0)),
        lambda x: avg_pool2d(x, 2, ceil_mode=True),
        lambda x: avg_pool2d(x, 3, 2, ceil_mode=True),
        lambda x: avg_pool2d(x, 3, 2, padding=1),
        lambda x: avg_pool2d(x, 3, 2, padding=1, count_include_pad=False),
        lambda x: avg_pool2d(x, (3, 5), (2, 1), padding=(1, 2)),
    ],
)
def test_decomposed_operators_give_the_same_numbers(function: Any) -> None:
    class Function(torch.nn.Module):
        def forward(self, x: Any) -> Any:
            return function(x)

    x = picture()
    traced = torch.export.export(Function(), (x,)).run_decompositions(decompositions.of_splits_and_products())
    traced = traced.run_decompositions(decompositions.before_lowering())
    assert (traced.module()(x) - function(x)).abs().max() < 1e-5


@pytest.mark.full
def test_xnnpack_runs_deformable_attention_in_two_parts(tmp_path: Path) -> None:
    """The selection of rows between them is the only other part."""
    module, x = Attention(300).eval().requires_grad_(False), picture()
    program, _ = lower(module, (16, 24), BACKEND, NoProgress())
    path = tmp_path / "model.pte"
    path.write_bytes(program)
    (method,) = read_pte(path).methods
    assert sum(each.count for each in method.delegates) == 2
    assert {each.name for each in method.operators} == {
        "aten::max.dim_max", "aten::topk.values", "aten::index_select.out",
    }  # fmt: skip
    (ours,) = PteProgram(path)(x.numpy())
    assert np.abs(ours - module(x).numpy()).max() < 1e-5
