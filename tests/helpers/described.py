"""What a user says about a classifier with five classes whose file does not say it."""

from pathlib import Path
from typing import Any

import numpy as np

from edgegen.sources.description import Description
from edgegen.sources.identify import open_model
from edgegen.sources.image_classifier import Classifier
from tests.helpers.trained_weights import FLOWERS

SAID: dict[str, Any] = {
    "task": "classify",
    "class_names": FLOWERS,
    "shorter_side": 72,
    "mean": (0.5, 0.5, 0.5),
    "std": (0.25, 0.25, 0.25),
}


def opened(path: Path, **changes: Any) -> Classifier:
    """Open a file with this description, changed."""
    model = open_model(path, Description(**(SAID | changes)))
    assert isinstance(model, Classifier)
    return model


def check_logits(
    model: Classifier, module: Any, side: int = 64, *, atol: float = 1e-6, rtol: float = 1e-7
) -> None:
    """Compare the logits of a file with those of its torch module; a change of 0.005 is noticed."""
    import torch

    torch.manual_seed(9)
    picture = torch.rand(1, 3, side, side)
    with torch.inference_mode():
        ours, expected = model.module("logits")(picture), module(picture)
    assert float(expected.std()) > 0.005
    np.testing.assert_allclose(ours.numpy(), expected.numpy(), atol=atol, rtol=rtol)
