"""A semantic segmentation head cut to its contract: the logits of the finest level, coarse as they are."""

from collections.abc import Sequence
from typing import Any

from edgegen.tasks.detect.heads import with_head


def cut(model: Any) -> Any:
    """Return a module that maps [1, 3, H, W] to [1, nc, h, w]; it shares the model's weights."""
    import torch

    class Logits(torch.nn.Module):
        """The head's classifier, without what only training needs."""

        def __init__(self, head: Any) -> None:
            super().__init__()
            self.classifier = head.classifier
            self.i, self.f = head.i, head.f  # how an Ultralytics model finds a layer's inputs

        def forward(self, features: Sequence[torch.Tensor]) -> torch.Tensor:
            logits: torch.Tensor = self.classifier(features[0])
            return logits

    return with_head(model, Logits(model.model[-1]).eval())
