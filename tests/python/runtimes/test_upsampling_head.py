"""A depth head that is computed before its upsampling gives the same map."""

from typing import Any

import pytest

from edgegen.runtimes.executorch.xnnpack.rewrites import rewrite_upsampling_heads


def head(seed: int = 1) -> Any:
    """Return the last layers of a depth model with random weights and folded normalization."""
    import torch
    from ultralytics.nn.modules import Conv

    torch.manual_seed(seed)
    layers = torch.nn.Sequential(
        Conv(6, 5, k=3),
        torch.nn.ConvTranspose2d(5, 4, kernel_size=2, stride=2),
        Conv(4, 3, k=3),
        torch.nn.Conv2d(3, 1, kernel_size=1),
    ).eval()
    for layer in (layers[0], layers[2]):
        layer.conv.bias = torch.nn.Parameter(torch.randn(layer.conv.out_channels))
        del layer.bn
        layer.forward = layer.forward_fuse
    for parameter in layers.parameters():
        parameter.data.normal_()
    return layers


@pytest.mark.parametrize("size", [(1, 1), (1, 5), (4, 4), (7, 3)])
def test_rewritten_depth_head_gives_the_same_map(size: tuple[int, int]) -> None:
    """Also at the borders, where the bias ends, and for a single pixel; only rounding differs."""
    import torch

    theirs = head()
    ours = rewrite_upsampling_heads(torch.nn.ModuleList([theirs]))[0]
    assert ours is not theirs
    x = torch.randn(1, 6, *size)
    with torch.no_grad():
        expected = theirs.double()(x.double())
        assert expected.shape == (1, 1, 2 * size[0], 2 * size[1])
        assert torch.allclose(ours(x).double(), expected, rtol=0, atol=2e-6 * float(expected.abs().max()))


def _other_kernel(layers: Any) -> None:
    import torch

    layers[1] = torch.nn.ConvTranspose2d(5, 4, kernel_size=4, stride=2, padding=1)


def _other_activation(layers: Any) -> None:
    import torch

    layers[2].act = torch.nn.ReLU()


def _normalized(layers: Any) -> None:
    import torch

    layers[0].bn = torch.nn.BatchNorm2d(5)


def _without_bias(layers: Any) -> None:
    layers[1].bias = None


def _two_maps(layers: Any) -> None:
    import torch

    layers[3] = torch.nn.Conv2d(3, 2, kernel_size=1)


@pytest.mark.parametrize("change", [_other_kernel, _other_activation, _normalized, _without_bias, _two_maps])
def test_unknown_depth_head_is_returned_unchanged(change: Any) -> None:
    import torch

    layers = head()
    change(layers)
    model = torch.nn.ModuleList([layers])
    assert rewrite_upsampling_heads(model) is model


def test_depth_head_of_ultralytics_is_rewritten() -> None:
    """Its transposed convolution disappears; the given model is unchanged."""
    import torch
    from ultralytics.nn.tasks import DepthModel

    def transposed(module: Any) -> int:
        return sum(isinstance(each, torch.nn.ConvTranspose2d) for each in module.modules())

    model = DepthModel("yolo26n-depth.yaml", verbose=False).eval().fuse(verbose=False)
    assert transposed(rewrite_upsampling_heads(model)) == 0
    assert transposed(model) == 1
