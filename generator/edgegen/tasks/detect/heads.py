"""Cut the detection head of a fused Ultralytics model to a contract.

The returned modules share the weights of the model, which is not changed.
"""

import copy
from collections.abc import Callable, Sequence
from typing import Any

from edgegen.tasks.detect.fixed_text import has_text, with_fixed_text


def cut(model: Any, contract: str) -> Any:
    """Return a module with a contract's outputs; the model is fused with the contract's branch."""
    plain = with_fixed_text(model) if has_text(model) else model
    return with_decoded_output(plain) if contract == "decoded" else with_raw_outputs(plain)


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
    import torch

    class RawOutputs(torch.nn.Module):
        """A head's convolutions, without decoding."""

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
            # Ultralytics finds a layer's inputs by its number and its input numbers.
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

    Heads with extras return them as more rows.
    """
    head = copy.copy(model.model[-1])
    head.export = True
    head.format = "executorch"
    head.dynamic = False
    return with_head(model, head)


def with_head(model: Any, head: Any) -> Any:
    """Return a shallow copy of the model with another head."""
    import torch

    clone = copy.copy(model)
    clone._modules = dict(model._modules)
    clone.model = torch.nn.Sequential(*model.model[:-1], head)
    return clone
