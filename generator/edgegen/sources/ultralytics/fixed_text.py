"""Turn YOLO-World v2 with fixed classes into a plain detection model, with the text as weights.

Text is used at two places, which both become convolutions. The head's scores are products of normalized
features and texts: a 1x1 convolution. An attention block weights features by their likeness to the nearest
text: a grouped 1x1 convolution and the maximum of each group.
"""

import copy
from typing import Any

import torch

OPEN_HEAD = "WorldDetect"  # names of Ultralytics' classes
OPEN_BLOCK = "C2fAttn"
PLAIN_HEAD, PLAIN_MODEL = "Detect", "DetectionModel"


def has_text(model: Any) -> bool:
    """Return whether a model scores its classes by their texts."""
    return type(model.model[-1]).__name__ == OPEN_HEAD


def with_fixed_text(model: Any) -> Any:
    """Return a plain detection model that computes the same as the fused open-vocabulary model.

    Only rounding differs. Layers without text are shared.
    """
    text = model.txt_feats.float()[0]  # (classes, text width)
    clone = copy.copy(model)
    clone.__class__ = _ancestor(model, PLAIN_MODEL)
    clone._modules = dict(model._modules)
    layers = [
        _FixedTextBlock(layer, text).eval() if type(layer).__name__ == OPEN_BLOCK else layer
        for layer in model.model[:-1]
    ]
    clone.model = torch.nn.Sequential(*layers, _head(model.model[-1], text))
    return clone


def _ancestor(value: Any, name: str) -> Any:
    return next(kind for kind in type(value).__mro__ if kind.__name__ == name)


def _head(head: Any, text: Any) -> Any:
    """Return the head with one convolution for each level's scores."""
    direction = torch.nn.functional.normalize(text, dim=-1, p=2).double()  # (classes, text width)
    levels = []
    for features, likeness in zip(head.cv3, head.cv4, strict=True):
        norm, last = likeness.norm, features[-1]
        gain = norm.weight.double() / torch.sqrt(norm.running_var.double() + norm.eps)
        shift = norm.bias.double() + (last.bias.double() - norm.running_mean.double()) * gain
        scaled = direction * likeness.logit_scale.double().exp()
        weight = (scaled * gain) @ last.weight.double().flatten(1)
        scores = _convolution(weight, 1, scaled @ shift + likeness.bias.double())
        levels.append(torch.nn.Sequential(*features[:-1], scores))
    plain = copy.copy(head)
    plain.__class__ = _ancestor(head, PLAIN_HEAD)
    plain._modules = {name: module for name, module in head._modules.items() if name != "cv4"}
    plain.cv3 = torch.nn.ModuleList(levels)
    return plain


class _FixedTextBlock(torch.nn.Module):
    """An attention block with constant texts: C2fAttn(x, text) as a function of x alone."""

    def __init__(self, layer: Any, text: Any) -> None:
        super().__init__()
        # Ultralytics finds a layer's inputs by its number and its input numbers.
        self.i, self.f = layer.i, layer.f
        attention = layer.attn
        self.enter, self.leave, self.bottlenecks = layer.cv1, layer.cv2, layer.m
        self.embed, self.project = attention.ec, attention.proj_conv
        self.heads, self.classes = attention.nh, len(text)
        guide = attention.gl(text).view(self.classes, self.heads, attention.hc).transpose(0, 1)
        self.likeness = _convolution(
            (guide / attention.hc**0.5).reshape(-1, attention.hc), self.heads
        )  # (heads * classes, width of a head)
        self.bias = attention.bias.detach().view(1, -1, 1, 1)
        width = self.project.conv.out_channels // self.heads
        scale = torch.ones(self.heads) * torch.as_tensor(attention.scale).reshape(-1)
        self.spread = _convolution(torch.diag(scale).repeat_interleave(width, dim=0), 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        parts = list(self.enter(x).chunk(2, 1))
        for bottleneck in self.bottlenecks:
            parts.append(bottleneck(parts[-1]))
        parts.append(self._attend(parts[-1]))
        return self.leave(torch.cat(parts, 1))  # type: ignore[no-any-return]

    def _attend(self, x: torch.Tensor) -> torch.Tensor:
        n, _, height, width = x.shape
        likeness = self.likeness(x if self.embed is None else self.embed(x))
        # The maximum over classes as pooling, because XNNPACK does not support amax.
        rows = likeness.reshape(n, self.heads, self.classes, height * width)
        nearest = torch.nn.functional.max_pool2d(rows, (self.classes, 1))
        weight = (nearest.reshape(n, self.heads, height, width) + self.bias).sigmoid()
        return self.project(x) * self.spread(weight)  # type: ignore[no-any-return]


def _convolution(weight: Any, groups: int, bias: Any = None) -> Any:
    """Return a 1x1 convolution with weights (outputs, inputs of a group)."""
    layer = torch.nn.Conv2d(weight.shape[1] * groups, len(weight), 1, groups=groups, bias=bias is not None)
    layer.weight = torch.nn.Parameter(weight.detach().float()[:, :, None, None].contiguous())
    if bias is not None:
        layer.bias = torch.nn.Parameter(bias.detach().float())
    return layer.requires_grad_(False)
