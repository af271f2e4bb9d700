"""What the exported model returns: a fused Ultralytics model with its detection head cut to a contract.

What is returned shares the weights of the model that was given, which stays as it is.
"""

import copy
from collections.abc import Callable, Sequence
from typing import Any

from edgegen.tasks.detect.fixed_text import has_text, with_fixed_text


def cut(model: Any, contract: str) -> Any:
    """Return a module that gives a contract's outputs; the model was fused with the contract's branch."""
    plain = with_fixed_text(model) if has_text(model) else model
    return with_decoded_output(plain) if contract == "decoded" else with_raw_outputs(plain)


def with_raw_outputs(
    model: Any, extra: Callable[[Any], Sequence[Any]] | None = None, once: Callable[[Any], Any] | None = None
) -> Any:
    """Return a module that maps [1, 3, H, W] to (box0, cls0, box1, cls1, ...), by rising stride.

    box is [1, 4 * reg_max, H / stride, W / stride], channel side * reg_max + bin (left, top, right,
    bottom); cls is [1, nc, H / stride, W / stride]. Both are logits, but with reg_max 1 box is distances.
    They are of the branch that the head infers with: one-to-one where it is set to `end2end`. extra gets
    that branch and returns the layers, one a level, of a third output: (box0, cls0, extra0, box1, ...).
    once gets the head and returns what makes the last output of the features of all levels.
    """
    import torch

    class RawOutputs(torch.nn.Module):
        """A head's convolutions, without the decoding that follows them."""

        def __init__(self, head: Any) -> None:
            super().__init__()
            order = head.stride.argsort().tolist()
            branch = head.one2one if head.end2end else head.one2many
            kinds = [branch["box_head"], branch["cls_head"], *([extra(branch)] if extra else [])]
            self.kinds: Any = torch.nn.ModuleList(
                [torch.nn.ModuleList([kind[level] for level in order]) for kind in kinds]
            )
            self.once = once(head) if once else None
            self.order = order
            # How an Ultralytics model finds a layer's inputs: its number, and the numbers it reads from.
            self.i, self.f = head.i, head.f

        def forward(self, features: Sequence[torch.Tensor]) -> tuple[torch.Tensor, ...]:
            outputs: list[torch.Tensor] = []
            for place, level in enumerate(self.order):
                outputs += [kind[place](features[level]) for kind in self.kinds]
            if self.once is not None:
                outputs.append(self.once(features))
            return tuple(outputs)

    return with_head(model, RawOutputs(model.model[-1]).eval())


def with_decoded_output(model: Any) -> Any:
    """Return a module that maps [1, 3, H, W] to [1, 4 + nc, N]: cx cy w h in input pixels, then scores.

    Heads with extras give them as more rows.
    """
    head = copy.copy(model.model[-1])
    head.export = True
    head.format = "executorch"
    head.dynamic = False
    return with_head(model, head)


def with_head(model: Any, head: Any) -> Any:
    """Return a shallow copy of the model that ends in another head."""
    import torch

    clone = copy.copy(model)
    clone._modules = dict(model._modules)
    clone.model = torch.nn.Sequential(*model.model[:-1], head)
    return clone
