"""Cut the head of a fused Ultralytics model to a contract.

The returned modules share the weights of the model, which is not changed.
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import torch

from edgegen.sources.ultralytics.fixed_text import has_text, with_fixed_text


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
