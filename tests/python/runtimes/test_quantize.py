"""A small network in int8: what becomes int8, what stays float32, and what each layer costs."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from edgegen import runtimes
from edgegen.artifacts.borders import sides
from edgegen.artifacts.pte import read_pte
from edgegen.base.progress import Silent
from edgegen.runtimes.runtime import Quantizer

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
    """What YOLO models are made of: convolutions with SiLU, a sum, upsampling, a concatenation."""

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
    made = runtimes.usual().quantizer(net, (SIDE, SIDE), Silent())
    made.watch(pictures, lambda outputs: bounds or {}, Silent())
    return made


@pytest.fixture(scope="module")
def net() -> torch.nn.Module:
    return Net().eval()


@pytest.fixture(scope="module")
def watched(net: torch.nn.Module) -> Quantizer:
    return quantizer(net)


def outputs(program: bytes, folder: Path) -> list[Any]:
    path = folder / "model.pte"
    path.write_bytes(program)
    method = read_pte(path).methods[0]
    assert method.operators == ()
    assert [backend.count for backend in method.backends] == [1]
    return list(runtimes.usual().load(path)(next(pictures())))


def right(net: torch.nn.Module) -> list[np.ndarray]:
    with torch.no_grad():
        return [each.numpy() for each in net(torch.from_numpy(next(pictures())))]


def off(ours: list[Any], theirs: list[np.ndarray]) -> list[float]:
    """Return the root of the mean squared difference, in standard deviations."""
    return [float(np.sqrt(((a - b) ** 2).mean()) / b.std()) for a, b in zip(ours, theirs, strict=True)]


def test_all_of_it_is_int8_and_near_float32(net: torch.nn.Module, watched: Quantizer, tmp_path: Path) -> None:
    """One subgraph; an output has 256 values; none is off by more than a few of their steps."""
    program, shapes = watched.lower((), Silent())
    found = outputs(program, tmp_path)
    assert [each.shape for each in found] == list(shapes) == [(1, 4, SIDE, SIDE), (1, 2, SIDE, SIDE)]
    for each in found:
        assert 20 < len(np.unique(each)) <= 256
    for each in off(found, right(net)):
        assert 0.001 < each < 0.1


def test_layers_are_named_after_their_weights(watched: Quantizer) -> None:
    """In the order in which they run."""
    assert watched.layers == ("first.conv", "second.conv", "finer", "third.conv", "box", "cls")


def test_a_layer_that_stays_float32_is_not_rounded(
    net: torch.nn.Module, watched: Quantizer, tmp_path: Path
) -> None:
    """Nor is what follows it alone: the last layer's output has more than 256 values."""
    found = outputs(watched.lower(["box"], Silent())[0], tmp_path)
    assert len(np.unique(found[0])) > 256
    assert len(np.unique(found[1])) <= 256
    nearly = outputs(watched.lower(watched.layers, Silent())[0], tmp_path)
    assert max(off(nearly, right(net))) < max(off(found, right(net)))


def test_a_bound_output_saturates(net: torch.nn.Module, tmp_path: Path) -> None:
    """Its steps are spent between the bounds, whatever was watched."""
    wanted = right(net)[1]
    low, high = (float(each) for each in np.quantile(wanted, (0.2, 0.7)))
    found = outputs(quantizer(net, {1: (low, high)}).lower((), Silent())[0], tmp_path)[1]
    step = (high - low) / 255
    assert found.min() == pytest.approx(low, abs=step)
    assert found.max() == pytest.approx(high, abs=step)
    inside = (wanted > low) & (wanted < high)
    assert np.abs(found - wanted)[inside].mean() < 5 * step


def test_costs_tell_the_worst_layer(net: torch.nn.Module) -> None:
    """A channel a thousand times as large as the others leaves these no steps."""
    worse = Net().eval()
    worse.load_state_dict(net.state_dict())
    with torch.no_grad():
        worse.second.conv.weight[0] *= 1000
        worse.third.conv.weight[:, 0] /= 1000
        worse.finer.weight[0] = 0
    found, before = quantizer(worse).costs(2, Silent()), quantizer(net).costs(2, Silent())
    assert list(found) == ["first.conv", "second.conv", "finer", "third.conv", "box", "cls"]
    assert found["second.conv"] > 1000 * before["second.conv"]
    assert found["finer"] > 1000 * before["finer"]  # it is put beside the large one, in the same steps
    assert found["first.conv"] < 10 * before["first.conv"]


def test_a_layer_costs_its_own_rounding_alone(net: torch.nn.Module) -> None:
    """Transposed ones too, whose channels are another axis: all cost about as little."""
    found = quantizer(net).costs(1, Silent())
    assert max(found.values()) < 0.01


def test_torch_is_as_it_was(watched: Quantizer) -> None:
    """What an export spares, others get again."""
    from torch.fx.traceback import NodeSource

    watched.lower((), Silent())
    assert "__deepcopy__" not in vars(NodeSource)


def test_what_the_runtime_has_in_float32_only_is_named(tmp_path: Path) -> None:
    """A transposed convolution in groups stays as it is, between others in int8."""
    net = Net().eval()
    torch.manual_seed(2)
    net.finer = torch.nn.ConvTranspose2d(8, 6, 2, 2, groups=2)
    watching = quantizer(net)
    assert watching.float_layers == ("finer",)
    assert watching.layers == ("first.conv", "second.conv", "third.conv", "box", "cls")
    path = tmp_path / "model.pte"
    path.write_bytes(watching.lower((), Silent())[0])
    with torch.no_grad():
        right = net(torch.from_numpy(next(pictures())))
    for ours, theirs in zip(runtimes.usual().load(path)(next(pictures())), right, strict=True):
        assert ours == pytest.approx(theirs.numpy(), abs=0.05 * float(theirs.abs().max()))


class Rare(torch.nn.Module):
    """One value in a thousand is large: what a detector is sure of."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = torch.nn.Conv2d(3, 1, 1, bias=False)
        with torch.no_grad():
            self.conv.weight.fill_(4.0)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv(x)


def test_a_rare_large_value_is_not_cut_off(tmp_path: Path) -> None:
    """The range of a tensor is all that was seen; a histogram's least error would cost its peaks."""

    def mostly_dark() -> Iterator[np.ndarray]:
        for picture in pictures():
            picture *= 0.2
            picture[0, :, 7, 9] = 1.0
            yield picture

    module = Rare().eval()
    watching = runtimes.usual().quantizer(module, (SIDE, SIDE), Silent())
    watching.watch(mostly_dark, lambda _: {}, Silent())
    path = tmp_path / "model.pte"
    path.write_bytes(watching.lower((), Silent())[0])
    (given,) = runtimes.usual().load(path)(next(mostly_dark()))
    assert given.max() == pytest.approx(12.0, abs=12 / 255)
    assert given[0, 0, 7, 9] == given.max()


def test_input_and_outputs_are_int8_themselves(
    net: torch.nn.Module, watched: Quantizer, tmp_path: Path
) -> None:
    """The same bits as with float32 there, in one subgraph; the program says what its int8 stands for."""
    plain, opened = tmp_path / "plain.pte", tmp_path / "opened.pte"
    plain.write_bytes(watched.lower((), Silent())[0])
    opened.write_bytes(watched.lower((), Silent(), borders=[0, 1])[0])
    program = read_pte(opened)
    method = program.method("forward")
    assert method is not None
    assert [value.dtype for value in (*method.inputs, *method.outputs)] == ["int8"] * 3
    assert method.operators == ()
    assert [backend.count for backend in method.backends] == [1]
    (given,), gives = sides(program)
    assert given is not None
    picture = given.rounded(next(pictures()))
    for one, other in zip(
        runtimes.usual().load(plain)(picture), runtimes.usual().load(opened)(picture), strict=True
    ):
        assert one.dtype == other.dtype == np.float32
        assert np.array_equal(one, other)
    assert all(gives)


def test_activations_that_xnnpack_lacks_run_in_int8_models(tmp_path: Path) -> None:
    """They stay float32 between int8 layers, in the one subgraph."""
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
    (ours,) = outputs(quantizer(net).lower((), Silent())[0], tmp_path)
    with torch.no_grad():
        right = net(torch.from_numpy(next(pictures()))).numpy()
    assert np.abs(ours - right).mean() < 0.1 * right.std()
