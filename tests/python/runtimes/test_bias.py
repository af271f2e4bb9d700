"""Bias correction restores the means of float32 in int8 layers."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from edgegen import runtimes
from edgegen.base.progress import NoProgress
from edgegen.runtimes.executorch import quantize
from edgegen.runtimes.executorch.xnnpack import BACKEND
from edgegen.runtimes.runtime import Quantizer

pytestmark = pytest.mark.full

SIDE, PICTURES = 32, 6
LAST = ("last", "flat")


class Chain(torch.nn.Module):
    """Convolutions with SiLU and values mostly just below 0; all other kinds of layers at the end."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.layers = torch.nn.ModuleList(torch.nn.Conv2d(8 if at else 3, 8, 3, padding=1) for at in range(6))
        self.finer, self.last = torch.nn.ConvTranspose2d(8, 8, 2, 2), torch.nn.Conv2d(8, 4, 1)
        self.flat = torch.nn.Linear(8, 3)
        for each in self.layers:
            each.weight.data *= 2.5
            each.bias.data -= 1

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        for each in self.layers:
            x = torch.nn.functional.silu(each(x))
        return self.last(self.finer(x)), self.flat(x.permute(0, 2, 3, 1))


class Shared(torch.nn.Module):
    """One layer that runs twice, and one without a bias."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(4)
        self.first, self.twice = torch.nn.Conv2d(3, 4, 1, bias=False), torch.nn.Conv2d(4, 4, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.twice(torch.nn.functional.silu(self.twice(self.first(x))))


def tensors() -> Iterator[np.ndarray]:
    random = np.random.RandomState(7)
    for _ in range(PICTURES):
        coarse = random.randn(1, 3, SIDE // 4, SIDE // 4).repeat(4, 2).repeat(4, 3)
        yield (coarse + random.randn(1, 3, SIDE, SIDE) / 4).astype(np.float32)


def observed(net: torch.nn.Module) -> Quantizer:
    made = runtimes.default().quantizer(net, (SIDE, SIDE), BACKEND, NoProgress())
    made.observe(tensors, lambda outputs: {}, NoProgress())
    return made


@dataclass(frozen=True)
class Corrected:
    """A network, its weights before, its quantizer, and its program with the last layers in float32."""

    net: torch.nn.Module
    before: dict[str, torch.Tensor]
    quantizer: Quantizer
    program: bytes


@pytest.fixture(scope="module")
def corrected() -> Corrected:
    net = Chain().eval()
    before = {name: each.clone() for name, each in net.state_dict().items()}
    quantizer = observed(net)
    return Corrected(net, before, quantizer, quantizer.lower(LAST, NoProgress())[0])


def off(net: torch.nn.Module, program: bytes, folder: Path) -> list[np.ndarray]:
    """Return the mean error of each output's channels, in standard deviations of the error."""
    path = folder / "model.pte"
    path.write_bytes(program)
    forward = runtimes.default().load(path)
    found = []
    for each in tensors():
        with torch.no_grad():
            right = net(torch.from_numpy(each))
        found.append([ours - theirs.numpy() for ours, theirs in zip(forward(each), right, strict=True)])
    convolved, flat = (np.concatenate(each) for each in zip(*found, strict=True))
    return [convolved.mean((0, 2, 3)) / convolved.std(), flat.mean((0, 1, 2)) / flat.std()]


def test_bias_correction_restores_the_means_of_float32(
    corrected: Corrected, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """For all kinds of layers. The last layers are float32, so they add no rounding."""
    right = off(corrected.net, corrected.program, tmp_path)
    monkeypatch.setattr(quantize, "correct_biases", lambda *_: None)
    plain = off(corrected.net, corrected.quantizer.lower(LAST, NoProgress())[0], tmp_path)
    for ours, without in zip(right, plain, strict=True):
        assert np.abs(without).max() > 0.2
        assert np.abs(ours).max() < 0.01


def test_bias_correction_leaves_the_network_unchanged(corrected: Corrected) -> None:
    """The next attempt starts with the original biases and gives the same bytes."""
    corrected.quantizer.lower(["layers.2"], NoProgress())
    assert corrected.quantizer.lower(LAST, NoProgress())[0] == corrected.program
    after = corrected.net.state_dict()
    assert all(torch.equal(each, after[name]) for name, each in corrected.before.items())


def test_bias_correction_skips_a_layer_that_runs_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """A value for one call would be wrong for the other. A layer without a bias is skipped, too."""
    quantizer = observed(Shared().eval())
    corrected = quantizer.lower((), NoProgress())[0]
    monkeypatch.setattr(quantize, "correct_biases", lambda *_: None)
    assert corrected == quantizer.lower((), NoProgress())[0]


class Sized(torch.nn.Module):
    """Its weights are larger than all results, but exist once for any number of pictures."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = torch.nn.Conv2d(3, 3, 601, stride=601, padding=300)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return torch.nn.functional.interpolate(x, scale_factor=4.0), self.conv(x)


@pytest.mark.parametrize(
    ("side", "observed", "count"),
    [(8, 3, 0), (8, 4, 4), (8, 33, 32), (8, 77, 32), (1024, 77, 0), (512, 9, 5)],
)
def test_bias_correction_uses_as_many_pictures_as_memory_allows(side: int, observed: int, count: int) -> None:
    """At equal distances, from 4 to 32; the largest result decides."""
    with torch.no_grad():
        graph = torch.export.export(Sized(), (torch.zeros(1, 3, side, side),)).module()

    def given() -> Iterator[Any]:
        for each in range(observed):
            yield np.full((1,), each, np.float32)

    found = [int(each.item()) for each in quantize.pictures_for_means(graph, given, observed)]
    assert len(found) == count
    assert set(np.diff(found)) <= {observed // count, observed // count + 1} if found else count == 0
    assert not found or found[0] == 0
