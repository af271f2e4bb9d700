"""Cut the head of a fused Ultralytics model to a contract.

The returned modules share the weights of the model, which is not changed.

YOLO-World v2 with fixed classes becomes a plain detection model first, with the text as weights. Text is used
at two places, which both become convolutions. The head's scores are products of normalized features and
texts: a 1x1 convolution. An attention block weights features by their likeness to the nearest text: a grouped
1x1 convolution and the maximum of each group.
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import torch

_OPEN_HEAD = "WorldDetect"  # names of Ultralytics' classes
_OPEN_BLOCK = "C2fAttn"
_PLAIN_HEAD = "Detect"
_PLAIN_MODEL = "DetectionModel"


def cut(model: Any, task: str, contract: str) -> Any:
    """Return a module with a contract's outputs; the model is fused with the contract's branch."""
    if task == "depth":
        return model
    if task == "classify":
        return with_head(model, _Scores(model.model[-1], softmax=contract == "probabilities"))
    if task == "semantic":
        return with_head(model, _Logits(model.model[-1]))
    if has_text(model):
        model = with_fixed_text(model)
    if contract == "decoded":
        return with_decoded_output(model)
    return with_raw_outputs(model, _EXTRA_LAYERS.get(task), _Prototypes if task == "segment" else None)


def with_raw_outputs(
    model: Any, extra: Callable[[Any], Sequence[Any]] | None = None, once: Callable[[Any], Any] | None = None
) -> Any:
    """Return a module that maps [1, 3, H, W] to (box0, cls0, box1, cls1, ...), by rising stride.

    box is [1, 4 * reg_max, H / stride, W / stride], channel side * reg_max + bin (left, top, right,
    bottom); cls is [1, nc, H / stride, W / stride]. Both are logits; with reg_max 1, box is distances.
    The branch is the one-to-one one if the head is set to `end2end`. extra gets the branch and returns the
    layers of a third output for each level: (box0, cls0, extra0, box1, ...). once gets the head and returns
    the module for a last output, from the features of all levels.
    """
    return with_head(model, _RawOutputs(model.model[-1], extra, once))


def with_decoded_output(model: Any) -> Any:
    """Return a module that maps [1, 3, H, W] to [1, 4 + nc, N]: cx cy w h in input pixels, then scores.

    Heads with extras return them as more rows.
    """
    head = copy.copy(model.model[-1])
    head.export = True
    head.format = "executorch"
    head.dynamic = False
    return with_head(model, head)


def with_head(model: Any, head: Any) -> Any:
    """Return a shallow copy of the model with another head."""
    # Ultralytics finds a layer's inputs by its number and its input numbers.
    head.i, head.f = model.model[-1].i, model.model[-1].f
    clone = copy.copy(model)
    clone._modules = dict(model._modules)
    clone.model = torch.nn.Sequential(*model.model[:-1], head.eval())
    return clone


def has_text(model: Any) -> bool:
    """Return whether a model scores its classes by their texts."""
    return type(model.model[-1]).__name__ == _OPEN_HEAD


def with_fixed_text(model: Any) -> Any:
    """Return a plain detection model that computes the same as the fused open-vocabulary model.

    Only rounding differs. Layers without text are shared.
    """
    text = model.txt_feats.float()[0]  # (classes, text width)
    clone = copy.copy(model)
    clone.__class__ = _ancestor(model, _PLAIN_MODEL)
    clone._modules = dict(model._modules)
    layers = [
        _FixedTextBlock(layer, text).eval() if type(layer).__name__ == _OPEN_BLOCK else layer
        for layer in model.model[:-1]
    ]
    clone.model = torch.nn.Sequential(*layers, _head_with_fixed_text(model.model[-1], text))
    return clone


class _Scores(torch.nn.Module):
    """From features to a value for each class, [1, nc]."""

    def __init__(self, head: Any, *, softmax: bool) -> None:
        super().__init__()
        self.conv, self.pool, self.linear, self.softmax = head.conv, head.pool, head.linear, softmax

    def forward(self, features: torch.Tensor | Sequence[torch.Tensor]) -> Any:
        whole = features if isinstance(features, torch.Tensor) else torch.cat(list(features), 1)
        scores = self.linear(self.pool(self.conv(whole)).flatten(1))
        return scores.softmax(1) if self.softmax else scores


class _Logits(torch.nn.Module):
    """From features to the logits [1, nc, h, w] of the finest level."""

    def __init__(self, head: Any) -> None:
        super().__init__()
        self.classifier = head.classifier

    def forward(self, features: Sequence[torch.Tensor]) -> Any:
        return self.classifier(features[0])


def _keypoint_layers(branch: Mapping[str, Any]) -> Any:
    """Return the layers for [1, K * D, h, w] of each level. YOLO26 has the last convolution separately."""
    if "kpts_head" not in branch:
        return branch["pose_head"]
    halves = zip(branch["pose_head"], branch["kpts_head"], strict=True)
    return [torch.nn.Sequential(*both) for both in halves]


# The layers of the third output of each level, [1, channels, h, w], by task.
_EXTRA_LAYERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "obb": lambda branch: branch["angle_head"],
    "pose": _keypoint_layers,
    "segment": lambda branch: branch["mask_head"],
}


class _Prototypes(torch.nn.Module):
    """From all levels' features, the finest first, to prototypes [1, nm, mh, mw].

    YOLO26 enlarges the coarser levels and adds them. Here layers do that, which a runtime can replace.
    """

    def __init__(self, head: Any) -> None:
        super().__init__()
        self.proto = head.proto
        coarser = range(len(getattr(self.proto, "feat_refine", ())))
        self.enlarge = torch.nn.ModuleList(
            [torch.nn.Upsample(scale_factor=2 ** (level + 1), mode="nearest") for level in coarser]
        )

    def forward(self, features: Sequence[torch.Tensor]) -> Any:
        merged = features[0]
        proto: Any = self.proto
        if len(self.enlarge):
            levels = zip(proto.feat_refine, self.enlarge, features[1:], strict=True)
            for refine, enlarge, level in levels:
                merged = merged + enlarge(refine(level))
            merged = proto.feat_fuse(merged)
        return proto.cv3(proto.cv2(proto.upsample(proto.cv1(merged))))


class _RawOutputs(torch.nn.Module):
    """A head's convolutions, without decoding."""

    def __init__(self, head: Any, extra: Any, once: Any) -> None:
        super().__init__()
        self.order = head.stride.argsort().tolist()
        branch = head.one2one if head.end2end else head.one2many
        kinds = [branch["box_head"], branch["cls_head"], *([extra(branch)] if extra else [])]
        self.kinds: Any = torch.nn.ModuleList(
            [torch.nn.ModuleList([kind[level] for level in self.order]) for kind in kinds]
        )
        self.once = once(head) if once else None

    def forward(self, features: Sequence[torch.Tensor]) -> tuple[torch.Tensor, ...]:
        outputs: list[torch.Tensor] = []
        for place, level in enumerate(self.order):
            outputs += [kind[place](features[level]) for kind in self.kinds]
        if self.once is not None:
            outputs.append(self.once(features))
        return tuple(outputs)


def _ancestor(value: Any, name: str) -> Any:
    return next(kind for kind in type(value).__mro__ if kind.__name__ == name)


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


def _head_with_fixed_text(head: Any, text: Any) -> Any:
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
    plain.__class__ = _ancestor(head, _PLAIN_HEAD)
    plain._modules = {name: module for name, module in head._modules.items() if name != "cv4"}
    plain.cv3 = torch.nn.ModuleList(levels)
    return plain
