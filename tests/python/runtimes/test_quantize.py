"""A small network in int8: layers in int8, layers in float32, and the cost of each layer."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from edgegen import runtimes
from edgegen.artifacts.pte import read_pte, read_steps
from edgegen.base.progress import NoProgress
from edgegen.runtimes.executorch.xnnpack import BACKEND
from edgegen.runtimes.runtime import Quantizer, Shapes

pytestmark = pytest.mark.full

SIDE = 32


class Block(torch.nn.Module):
    def __init__(self, given: int, gives: int) -> None:
        super().__init__()
        self.conv = torch.nn.Conv2d(given, gives, 3, padding=1)
        self.act = torch.nn.SiLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.act(self.conv(x))


class Net(torch.nn.Module):
    """The parts of YOLO models: convolutions with SiLU, a sum, upsampling, a concatenation."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.first, self.second, self.third = Block(3, 8), Block(8, 8), Block(22, 8)
        self.up = torch.nn.Upsample(scale_factor=2)
        self.finer = torch.nn.ConvTranspose2d(8, 6, 2, 2)
        self.pool = torch.nn.MaxPool2d(2)
        self.box, self.cls = torch.nn.Conv2d(8, 4, 1), torch.nn.Conv2d(8, 2, 1)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        one = self.first(x)
        two = self.second(one) + one
        small = self.pool(two)
        three = self.third(torch.cat([self.up(small), one, self.finer(small)], 1))
        return self.box(three), 30 * self.cls(three) + 6


def pictures() -> Iterator[np.ndarray]:
    random = np.random.RandomState(5)
    for _ in range(4):
        yield random.rand(1, 3, SIDE, SIDE).astype(np.float32)


def quantizer(net: torch.nn.Module, bounds: Mapping[int, tuple[float, float]] | None = None) -> Quantizer:
    made = runtimes.default().quantizer(net, (SIDE, SIDE), BACKEND, NoProgress())
    made.observe(pictures, lambda outputs: bounds or {}, NoProgress())
    return made


@pytest.fixture(scope="module")
def net() -> torch.nn.Module:
    return Net().eval()


@pytest.fixture(scope="module")
def observed(net: torch.nn.Module) -> Quantizer:
    return quantizer(net)


@pytest.fixture(scope="module")
def lowered(observed: Quantizer) -> tuple[bytes, Shapes]:
    """Return the program with all layers in int8, and the shapes of its outputs."""
    return observed.lower((), NoProgress())


def outputs(program: bytes, folder: Path) -> list[Any]:
    path = folder / "model.pte"
    path.write_bytes(program)
    method = read_pte(path).methods[0]
    assert method.operators == ()
    assert [each.count for each in method.delegates] == [1]
    return list(runtimes.default().load(path)(next(pictures())))


def right(net: torch.nn.Module) -> list[np.ndarray]:
    with torch.no_grad():
        return [each.numpy() for each in net(torch.from_numpy(next(pictures())))]


def off(ours: list[Any], theirs: list[np.ndarray]) -> list[float]:
    """Return the root of the mean squared difference, in standard deviations."""
    return [float(np.sqrt(((a - b) ** 2).mean()) / b.std()) for a, b in zip(ours, theirs, strict=True)]


def test_int8_network_is_one_subgraph_and_close_to_float32(
    net: torch.nn.Module, lowered: tuple[bytes, Shapes], tmp_path: Path
) -> None:
    """An output has at most 256 values, each within a few steps of float32."""
    program, shapes = lowered
    found = outputs(program, tmp_path)
    assert [each.shape for each in found] == list(shapes) == [(1, 4, SIDE, SIDE), (1, 2, SIDE, SIDE)]
    for each in found:
        assert 20 < len(np.unique(each)) <= 256
    for each in off(found, right(net)):
        assert 0.001 < each < 0.1


def test_layers_have_the_names_of_their_weights_in_execution_order(observed: Quantizer) -> None:
    assert observed.layers == ("first.conv", "second.conv", "finer", "third.conv", "box", "cls")


def test_last_layer_in_float32_gives_more_than_256_values(
    net: torch.nn.Module, observed: Quantizer, tmp_path: Path
) -> None:
    found = outputs(observed.lower(["box"], NoProgress())[0], tmp_path)
    assert len(np.unique(found[0])) > 256
    assert len(np.unique(found[1])) <= 256
    nearly = outputs(observed.lower(observed.layers, NoProgress())[0], tmp_path)
    assert max(off(nearly, right(net))) < max(off(found, right(net)))


def test_output_with_a_fixed_range_saturates(net: torch.nn.Module, tmp_path: Path) -> None:
    """The fixed range replaces the measured one."""
    wanted = right(net)[1]
    low, high = (float(each) for each in np.quantile(wanted, (0.2, 0.7)))
    found = outputs(quantizer(net, {1: (low, high)}).lower((), NoProgress())[0], tmp_path)[1]
    step = (high - low) / 255
    assert found.min() == pytest.approx(low, abs=step)
    assert found.max() == pytest.approx(high, abs=step)
    inside = (wanted > low) & (wanted < high)
    assert np.abs(found - wanted)[inside].mean() < 5 * step


def test_costs_are_highest_for_the_layer_with_an_outlier_channel(
    net: torch.nn.Module, observed: Quantizer
) -> None:
    """A channel 1000 times as large as the others leaves them no steps."""
    worse = Net().eval()
    worse.load_state_dict(net.state_dict())
    with torch.no_grad():
        worse.second.conv.weight[0] *= 1000
        worse.third.conv.weight[:, 0] /= 1000
        worse.finer.weight[0] = 0
    found, before = quantizer(worse).costs(2, NoProgress()), observed.costs(2, NoProgress())
    assert list(found) == ["first.conv", "second.conv", "finer", "third.conv", "box", "cls"]
    assert found["second.conv"] > 1000 * before["second.conv"]
    assert (
        found["finer"] > 1000 * before["finer"]
    )  # it is concatenated with the large one and shares its steps
    assert found["first.conv"] < 10 * before["first.conv"]


def test_costs_of_a_normal_network_are_small_for_every_layer(observed: Quantizer) -> None:
    """Also for the transposed convolution, whose channels are on another axis."""
    found = observed.costs(1, NoProgress())
    assert max(found.values()) < 0.01


@pytest.mark.usefixtures("lowered")
def test_lowering_leaves_torch_unpatched() -> None:
    from torch.fx.traceback import NodeSource

    assert "__deepcopy__" not in vars(NodeSource)


def test_layer_without_an_int8_kernel_stays_float32_and_is_listed(tmp_path: Path) -> None:
    """A transposed convolution with groups, between int8 layers."""
    net = Net().eval()
    torch.manual_seed(2)
    net.finer = torch.nn.ConvTranspose2d(8, 6, 2, 2, groups=2)
    watching = quantizer(net)
    assert watching.float_layers == ("finer",)
    assert watching.layers == ("first.conv", "second.conv", "third.conv", "box", "cls")
    path = tmp_path / "model.pte"
    path.write_bytes(watching.lower((), NoProgress())[0])
    with torch.no_grad():
        right = net(torch.from_numpy(next(pictures())))
    for ours, theirs in zip(runtimes.default().load(path)(next(pictures())), right, strict=True):
        assert ours == pytest.approx(theirs.numpy(), abs=0.05 * float(theirs.abs().max()))


class Rare(torch.nn.Module):
    """One value in a thousand is large, like a confident detection."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = torch.nn.Conv2d(3, 1, 1, bias=False)
        with torch.no_grad():
            self.conv.weight.fill_(4.0)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv(x)


def test_range_includes_a_rare_large_value(tmp_path: Path) -> None:
    """The range is the full one: a histogram with the least error would clip the peaks."""

    def mostly_dark() -> Iterator[np.ndarray]:
        for picture in pictures():
            picture *= 0.2
            picture[0, :, 7, 9] = 1.0
            yield picture

    module = Rare().eval()
    watching = runtimes.default().quantizer(module, (SIDE, SIDE), BACKEND, NoProgress())
    watching.observe(mostly_dark, lambda _: {}, NoProgress())
    path = tmp_path / "model.pte"
    path.write_bytes(watching.lower((), NoProgress())[0])
    (given,) = runtimes.default().load(path)(next(mostly_dark()))
    assert given.max() == pytest.approx(12.0, abs=12 / 255)
    assert given[0, 0, 7, 9] == given.max()


def test_int8_input_and_outputs_give_the_same_bits(
    observed: Quantizer, lowered: tuple[bytes, Shapes], tmp_path: Path
) -> None:
    """In one subgraph; the program has the scales and zero points."""
    plain, opened = tmp_path / "plain.pte", tmp_path / "opened.pte"
    plain.write_bytes(lowered[0])
    opened.write_bytes(observed.lower((), NoProgress(), int8_outputs=[0, 1])[0])
    program = read_pte(opened)
    method = program.method("forward")
    assert method is not None
    assert [value.dtype for value in (*method.inputs, *method.outputs)] == ["int8"] * 3
    assert method.operators == ()
    assert [each.count for each in method.delegates] == [1]
    (given,), gives = read_steps(program)
    assert given is not None
    picture = given.rounded(next(pictures()))
    for one, other in zip(
        runtimes.default().load(plain)(picture), runtimes.default().load(opened)(picture), strict=True
    ):
        assert one.dtype == other.dtype == np.float32
        assert np.array_equal(one, other)
    assert all(gives)


def test_activations_without_an_xnnpack_kernel_run_in_int8_networks(tmp_path: Path) -> None:
    """They stay float32 between int8 layers, in the same subgraph."""
    torch.manual_seed(1)
    layers: list[torch.nn.Module] = []
    for act in (
        torch.nn.Mish(),
        torch.nn.Softplus(),
        torch.nn.Softplus(2.0),
        torch.nn.ELU(),
        torch.nn.LogSigmoid(),
    ):
        layers += [torch.nn.Conv2d(3, 3, 1), act]
    net = torch.nn.Sequential(*layers, torch.nn.Conv2d(3, 3, 1)).eval()
    (ours,) = outputs(quantizer(net).lower((), NoProgress())[0], tmp_path)
    with torch.no_grad():
        right = net(torch.from_numpy(next(pictures()))).numpy()
    assert np.abs(ours - right).mean() < 0.1 * right.std()
