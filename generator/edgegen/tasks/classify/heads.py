"""A classification head cut to a contract: its layers, and the softmax or not."""

from collections.abc import Sequence
from typing import Any

from edgegen.tasks.detect.heads import with_head


def cut(model: Any, contract: str) -> Any:
    """Return a module that maps [1, 3, H, W] to [1, nc]; it shares the model's weights."""
    import torch

    class Scores(torch.nn.Module):
        """The head's layers."""

        def __init__(self, head: Any) -> None:
            super().__init__()
            self.conv, self.pool, self.linear = head.conv, head.pool, head.linear
            self.i, self.f = head.i, head.f  # how an Ultralytics model finds a layer's inputs

        def forward(self, features: torch.Tensor | Sequence[torch.Tensor]) -> torch.Tensor:
            whole = features if isinstance(features, torch.Tensor) else torch.cat(list(features), 1)
            scores: torch.Tensor = self.linear(self.pool(self.conv(whole)).flatten(1))
            return scores if contract == "logits" else scores.softmax(1)

    return with_head(model, Scores(model.model[-1]).eval())
