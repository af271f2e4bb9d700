"""YOLOX's network with outputs for apps: the contract `raw`, with distances from a cell's centre.

The rewrite is exact but for rounding:

- The first layer (Focus) puts each 2 x 2 pixels into channels before a 3 x 3 convolution. That is one
  6 x 6 convolution with stride 2.
- A box is an offset of its centre from the cell's corner, and the logarithms of its width and height, all in
  strides. With half = exp(size) / 2 and shift = offset - 1/2, the sides are half - shift and half + shift
  from the cell's centre.
- A score is the product of two sigmoids, of the object and of the class. `joint_logit` is its logit.
"""

import copy
from collections.abc import Sequence
from typing import Any, Final

import torch
from torch.nn.functional import softplus
from torch.nn.utils.fusion import fuse_conv_bn_eval

STRIDES: Final = (8, 16, 32)
_PATCHES: Final = ((0, 0), (1, 0), (0, 1), (1, 1))  # row and column in 2 x 2 pixels, in Focus' order
_CELL_CENTRE: Final = 0.5


def with_raw_outputs(network: Any) -> Any:
    """Return a module from [1, 3, H, W] to box0, cls0, box1, cls1, ..., by rising stride.

    box: [1, 4, H / stride, W / stride], the distances left, top, right, bottom from the cell's centre in
    strides. cls: [1, nc, H / stride, W / stride], logits. The network is not changed.
    """
    network = copy.deepcopy(network)
    for part in network.modules():
        if isinstance(getattr(part, "bn", None), torch.nn.BatchNorm2d):
            part.conv, part.bn = fuse_conv_bn_eval(part.conv, part.bn), torch.nn.Identity()
    stem = network.backbone.backbone.stem.conv
    stem.conv = focus_as_convolution(stem.conv)
    network.backbone.backbone.stem = stem  # without the patches
    return _RawOutputs(network.backbone, network.head).eval().requires_grad_(False)


def focus_as_convolution(layer: Any) -> Any:
    """Return the convolution on a picture for one on its four patches of every other pixel."""
    weight = layer.weight.detach()
    outputs, inputs, height, width = weight.shape
    channels, sides = inputs // len(_PATCHES), (2 * height, 2 * width)
    whole = torch.zeros(outputs, channels, *sides, dtype=weight.dtype)
    for place, (row, column) in enumerate(_PATCHES):
        whole[:, :, row::2, column::2] = weight[:, channels * place : channels * (place + 1)]
    padding = tuple(2 * each for each in layer.padding)
    result = torch.nn.Conv2d(channels, outputs, sides, stride=2, padding=padding)
    result.weight = torch.nn.Parameter(whole, requires_grad=False)
    result.bias = torch.nn.Parameter(layer.bias.detach(), requires_grad=False)
    return result


def joint_logit(objectness: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
    """Return the logits of sigmoid(objectness) * sigmoid(class): [1, 1, h, w] and [1, nc, h, w].

    It is -log(e^-o + e^-c + e^-(o + c)), which is o - softplus(softplus(o) - c): nothing overflows. No
    intermediate value is much larger than the logits, so int8 has enough steps for it.
    """
    return objectness - softplus(softplus(objectness) - classes)


def distances(box: torch.Tensor) -> torch.Tensor:
    """Return left, top, right, bottom from x, y, log width, log height: [1, 4, h, w]."""
    half = torch.exp(box[:, 2:]) * 0.5
    shift = box[:, :2] - _CELL_CENTRE
    return torch.cat([half - shift, half + shift], dim=1)


class _RawOutputs(torch.nn.Module):
    """The backbone, and the head's convolutions with the rewritten outputs."""

    def __init__(self, backbone: Any, head: Any) -> None:
        super().__init__()
        self.backbone, self.head = backbone, head

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        head, outputs = self.head, list[torch.Tensor]()
        features: Sequence[torch.Tensor] = self.backbone(x)
        for level, feature in enumerate(features):
            stem = head.stems[level](feature)
            of_box = head.reg_convs[level](stem)
            of_class = head.cls_convs[level](stem)
            outputs.append(distances(head.reg_preds[level](of_box)))
            outputs.append(joint_logit(head.obj_preds[level](of_box), head.cls_preds[level](of_class)))
        return tuple(outputs)
