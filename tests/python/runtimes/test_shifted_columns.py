"""3x3 convolutions as 1x1 convolutions of shifted columns: the same sums, for XNNPACK in one piece."""

from collections.abc import Sequence
from typing import Any

import pytest

from edgegen import runtimes
from edgegen.base import pins
from edgegen.base.errors import ExportError
from edgegen.base.progress import NoProgress
from edgegen.runtimes.executorch.lower import lower
from edgegen.runtimes.executorch.xnnpack import shifted_columns

CONVOLUTION = "aten.conv2d.default"


def noise(*shape: int) -> Any:
    import torch

    return torch.rand(*shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64) - 0.3


def sequence(*layers: Any) -> Any:
    """Return layers with seeded weights, in float64: only the order of sums may differ."""
    import torch

    module = torch.nn.Sequential(*layers).eval().double()
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for name, tensor in module.state_dict().items():
            if tensor.is_floating_point():
                tensor.uniform_(0.5 if name.endswith("running_var") else -0.3, 1, generator=generator)
    return module


def rewrite(module: Any, example: Any) -> Any:
    import torch

    return shifted_columns.with_shifted_columns(torch.export.export(module, (example,))).module()


def kernels(module: Any) -> list[tuple[int, ...]]:
    """Return the sizes of the kernels of a graph's convolutions, without those that pick a value."""
    nodes = [node for node in module.graph.nodes if str(node.target) == CONVOLUTION]
    nodes = [node for node in nodes if "pick" not in node.args[1].target]
    return [tuple(node.args[1].meta["val"].shape[2:]) for node in nodes]


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("has_bias", [True, False])
@pytest.mark.parametrize("size", [(8, 12), (2, 2)])
def test_rewritten_convolution_gives_the_same_sums(
    stride: int, has_bias: bool, size: tuple[int, int]
) -> None:
    import torch

    channels = shifted_columns.LEAST_CHANNELS[stride]
    module = sequence(torch.nn.Conv2d(channels, 7, 3, stride, 1, bias=has_bias))
    example = noise(1, channels, *size)
    rewritten = rewrite(module, example)
    assert (3, 3) not in kernels(rewritten)
    torch.testing.assert_close(rewritten(example), module(example), rtol=1e-12, atol=1e-12)


def test_normalization_becomes_part_of_the_weights() -> None:
    import torch

    layers = [torch.nn.Conv2d(32, 65, 3, 1, 1, bias=False), torch.nn.BatchNorm2d(65), torch.nn.ReLU()]
    layers += [torch.nn.Conv2d(65, 5, 3, 2, 1), torch.nn.BatchNorm2d(5)]
    module, example = sequence(*layers), noise(1, 32, 6, 6)
    rewritten = rewrite(module, example)
    assert not any("batch_norm" in str(node.target) for node in rewritten.graph.nodes)
    torch.testing.assert_close(rewritten(example), module(example), rtol=1e-12, atol=1e-9)


@pytest.mark.parametrize("has_normalization", [False, True])
def test_convolution_right_after_another_one_is_rewritten_too(has_normalization: bool) -> None:
    import torch

    between = [torch.nn.BatchNorm2d(64)] if has_normalization else []
    layers = [torch.nn.Conv2d(32, 64, 3, 1, 1), *between, torch.nn.Conv2d(64, 4, 3, 2, 1)]
    module, example = sequence(*layers), noise(1, 32, 6, 8)
    rewritten = rewrite(module, example)
    assert (3, 3) not in kernels(rewritten)
    torch.testing.assert_close(rewritten(example), module(example), rtol=1e-10, atol=1e-9)


def test_normalization_that_is_not_alone_stays() -> None:
    """Another layer reads the convolution's own result."""
    import torch

    class Branches(torch.nn.Module):
        """A convolution whose result is used with and without normalization."""

        def __init__(self) -> None:
            super().__init__()
            self.layers = sequence(torch.nn.Conv2d(32, 4, 3, 1, 1), torch.nn.BatchNorm2d(4))

        def forward(self, x: Any) -> Any:
            result = self.layers[0](x)
            return self.layers[1](result) + result

    module, example = Branches().eval(), noise(1, 32, 6, 6)
    rewritten = rewrite(module, example)
    assert (3, 3) not in kernels(rewritten)
    torch.testing.assert_close(rewritten(example), module(example), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("options", "size"),
    [
        ({"in_channels": 31}, (8, 8)),
        ({"in_channels": 63, "stride": 2}, (8, 8)),
        ({"kernel_size": 5, "padding": 2}, (8, 8)),
        ({"kernel_size": (3, 1), "padding": (1, 0)}, (8, 8)),
        ({"padding": 0}, (8, 8)),
        ({"padding": 2, "dilation": 2}, (8, 8)),
        ({"groups": 32, "out_channels": 32}, (8, 8)),
        ({"in_channels": 64, "stride": 3}, (9, 9)),
        ({"in_channels": 64, "stride": (1, 2)}, (8, 8)),
        ({"in_channels": 64, "stride": 2}, (7, 8)),
    ],
)
def test_other_convolutions_stay(options: dict[str, Any], size: Sequence[int]) -> None:
    import torch

    usual: dict[str, Any] = {"in_channels": 32, "out_channels": 4, "kernel_size": 3, "padding": 1}
    layer, first = torch.nn.Conv2d(**usual | options), torch.nn.Conv2d(32, 32, 3, 1, 1)
    last = torch.nn.Conv2d(first.out_channels, layer.in_channels, 1)
    module, example = sequence(first, last, layer), noise(1, 32, *size)
    rewritten = rewrite(module, example)
    assert kernels(rewritten) == [(1, 1)] * 4 + [layer.kernel_size]
    torch.testing.assert_close(rewritten(example), module(example), rtol=1e-10, atol=1e-9)
    with pytest.raises(ExportError, match="no 3x3 convolution"):
        rewrite(sequence(layer), noise(1, layer.in_channels, *size))


def test_module_pays_with_one_wide_convolution() -> None:
    import torch

    narrow = torch.nn.Conv2d(31, 64, 3)
    depthwise = torch.nn.Conv2d(64, 64, 3, groups=64)
    assert not shifted_columns.pays(torch.nn.Sequential(narrow, depthwise, torch.nn.Conv2d(64, 64, 1)))
    assert shifted_columns.pays(torch.nn.Sequential(narrow, torch.nn.Conv2d(32, 8, 3)))
    assert not shifted_columns.pays(torch.nn.Sequential(torch.nn.Conv2d(32, 8, 3), torch.nn.Linear(256, 256)))


def test_xnnpack_takes_the_rewritten_model_in_one_piece(tmp_path: Any) -> None:
    import numpy as np
    import torch

    from edgegen.artifacts.pte import read_pte
    from edgegen.runtimes.executorch.runtime import PteProgram

    layers = [torch.nn.Conv2d(3, 32, 3, 2, 1), torch.nn.SiLU(), torch.nn.Conv2d(32, 64, 3, 1, 1)]
    layers += [torch.nn.BatchNorm2d(64), torch.nn.ReLU(), torch.nn.Conv2d(64, 8, 3, 2, 1)]
    module, example = sequence(*layers).float(), noise(1, 3, 32, 48).float()
    program, shapes = lower(module, (32, 48), runtimes.find_backend("xnnpack-avx2"), NoProgress())
    path = tmp_path / "model.pte"
    path.write_bytes(program)
    (method,) = read_pte(path).methods
    assert sum(delegate.count for delegate in method.delegates) == 1
    assert shapes == ((1, 8, 8, 12),)
    with torch.no_grad():
        np.testing.assert_allclose(PteProgram(path)(example.numpy())[0], module(example), rtol=1e-5)


def test_release_of_executorch_is_the_one_whose_kernel_was_measured() -> None:
    """If this fails: run `make bench` on x86 without AVX-512, and see whether model.pte is as fast by now.

    If so, the backend xnnpack-avx2 goes. If not, write the new release here and into decision 40.
    """
    assert pins.EXECUTORCH == "1.5.1"
